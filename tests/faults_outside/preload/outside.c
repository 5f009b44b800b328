/* A disk that forgets, fills up or fails, for the processes it is preloaded into. Only files below OUTSIDE_HOME are
 * touched; everything else goes straight through.
 *
 * OUTSIDE_JOURNAL  every change (write, truncate, create, mkdir, rename, link, unlink) and every fsync is appended to
 *                  this file once it happened, in order, so that the test can work out what a loss of
 *                  power at any moment may leave behind.
 * OUTSIDE_FULL     while this file exists nothing below the home can grow or be made: ENOSPC. What fits into a file as
 *                  it is may be overwritten, and a write may be cut short, as on a real disk.
 * OUTSIDE_EIO      while this file exists every fsync and fdatasync below the home fails with EIO; while
 * OUTSIDE_EIO_FOLDERS exists, those of folders only.
 *
 * Memory maps are not seen: SQLite maps only its -shm file, which may be lost at any time (sqlite.org/walformat.html).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, TRUNCATE, CREATE, MKDIR, RENAME, LINK, UNLINK, SYNC };

struct record {
    uint32_t magic, op;
    uint64_t inode;
    int64_t offset;
    uint32_t first, second; /* bytes of the path, and of the second path or of the data */
};

static char home[PATH_MAX];
static size_t home_length;
static const char *journal_path, *full_path, *eio_path, *eio_folders_path;
static int journal = -1;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static __thread int cut_short;

/* The test's own paths are reached by bare system calls, so that nothing here calls itself. */
static int exists(const char *path) { return path && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0; }

static void before_fork(void) { pthread_mutex_lock(&turn); }
static void after_fork(void) { pthread_mutex_unlock(&turn); }

__attribute__((constructor)) static void begin(void) {
    const char *wanted = getenv("OUTSIDE_HOME");
    if (!wanted || strlen(wanted) >= PATH_MAX) return;
    strcpy(home, wanted);
    home_length = strlen(home);
    journal_path = getenv("OUTSIDE_JOURNAL");
    full_path = getenv("OUTSIDE_FULL");
    eio_path = getenv("OUTSIDE_EIO");
    eio_folders_path = getenv("OUTSIDE_EIO_FOLDERS");
    pthread_atfork(before_fork, after_fork, after_fork);
    if (journal_path) {
        int low = syscall(SYS_openat, AT_FDCWD, journal_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        journal = fcntl(low, F_DUPFD_CLOEXEC, 1000); /* out of the way of what the program opens */
        syscall(SYS_close, low);
    }
}

/* Whether a path is ours; sockets, locks and SQLite's shared memory are not data. */
static int ours(const char *path) {
    if (!home_length || strncmp(path, home, home_length) || (path[home_length] && path[home_length] != '/')) return 0;
    size_t length = strlen(path);
    if (length > 4 && !strcmp(path + length - 4, "-shm")) return 0;
    return strncmp(path + home_length, "/run", 4) != 0;
}

static int path_of(int fd, char *path) {
    char link[32];
    if (!home_length || fd == journal) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return ours(path);
}

static int path_at(int dir, const char *name, char *path) {
    if (!home_length) return 0;
    if (name[0] == '/') {
        if (strlen(name) >= PATH_MAX) return 0;
        strcpy(path, name);
    } else {
        char folder[PATH_MAX], link[32];
        if (dir == AT_FDCWD) strcpy(link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, folder, PATH_MAX - 1);
        if (length <= 0) return 0;
        folder[length] = 0;
        if (snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX) return 0;
    }
    return ours(path);
}

static uint64_t inode_of(const char *path) {
    struct stat found;
    return syscall(SYS_newfstatat, AT_FDCWD, path, &found, 0) ? 0 : found.st_ino;
}

static int64_t size_of(int fd, uint64_t *inode) {
    struct stat found;
    if (syscall(SYS_newfstatat, fd, "", &found, AT_EMPTY_PATH)) return 0;
    if (inode) *inode = found.st_ino;
    return found.st_size;
}

static void note(uint32_t op, uint64_t inode, int64_t offset, const char *path, const void *data, size_t length) {
    if (journal < 0) return;
    int saved = errno;
    struct record head = {0x4f555453, op, inode, offset, strlen(path), length};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.first}, {(void *)data, length}};
    pthread_mutex_lock(&turn);
    syscall(SYS_writev, journal, parts, 3);
    pthread_mutex_unlock(&turn);
    errno = saved;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int refuse(int error) { errno = error; return -1; }

/* How many of ``count`` bytes at ``offset`` find room: all, or while the disk is full what does not grow the file. */
static ssize_t room(int fd, int64_t offset, size_t count) {
    if (!exists(full_path)) return count;
    int64_t size = size_of(fd, NULL);
    if (offset + (int64_t)count <= size) return count;
    if (count > 1 && !cut_short) { cut_short = 1; return count / 2; }
    cut_short = 0;
    return -1;
}

static ssize_t written(int fd, const char *path, const void *data, int64_t offset, ssize_t count) {
    uint64_t inode = 0;
    if (count > 0) { size_of(fd, &inode); note(WRITE, inode, offset, path, data, count); }
    return count;
}

ssize_t write(int fd, const void *data, size_t count) {
    REAL(write);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd, data, count);
    int append = fcntl(fd, F_GETFL) & O_APPEND;
    ssize_t allowed = room(fd, append ? size_of(fd, NULL) : syscall(SYS_lseek, fd, 0, SEEK_CUR), count);
    if (allowed < 0) return refuse(ENOSPC);
    ssize_t done = real(fd, data, allowed);
    return done > 0 ? written(fd, path, data, syscall(SYS_lseek, fd, 0, SEEK_CUR) - done, done) : done;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd, parts, count);
    ssize_t total = 0; /* a short writev is allowed: one part at a time is the simplest that is right */
    for (int i = 0; i < count; i++) {
        if (!parts[i].iov_len) continue;
        ssize_t done = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (done < 0) return total ? total : done;
        total += done;
        if ((size_t)done < parts[i].iov_len) break;
    }
    return total;
}

#define PWRITE(name, type) \
    ssize_t name(int fd, const void *data, size_t count, type offset) { \
        REAL(name); \
        char path[PATH_MAX]; \
        if (!path_of(fd, path)) return real(fd, data, count, offset); \
        ssize_t allowed = room(fd, offset, count); \
        if (allowed < 0) return refuse(ENOSPC); \
        return written(fd, path, data, offset, real(fd, data, allowed, offset)); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, type) \
    int name(int fd, type length) { \
        REAL(name); \
        char path[PATH_MAX]; \
        if (!path_of(fd, path)) return real(fd, length); \
        uint64_t inode = 0; \
        if (size_of(fd, &inode) < length && exists(full_path)) return refuse(ENOSPC); \
        int done = real(fd, length); \
        if (!done) note(TRUNCATE, inode, length, path, NULL, 0); \
        return done; \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define ALLOCATE(name, type) \
    int name(int fd, int mode, type offset, type length) { \
        REAL(name); \
        char path[PATH_MAX]; \
        return path_of(fd, path) ? refuse(EOPNOTSUPP) : real(fd, mode, offset, length); \
    }
ALLOCATE(fallocate, off_t)
ALLOCATE(fallocate64, off64_t)

static int opened(int handle, int flags, const char *path, int was) {
    if (handle < 0) return handle;
    uint64_t inode = 0;
    size_of(handle, &inode);
    if (!was) note(CREATE, inode, 0, path, NULL, 0);
    else if (flags & O_TRUNC) note(TRUNCATE, inode, 0, path, NULL, 0);
    return handle;
}

#define MODE(flags) \
    int mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, int); \
        va_end(more); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        MODE(flags) \
        char full[PATH_MAX]; \
        if (!(flags & (O_CREAT | O_TRUNC)) || !path_at(AT_FDCWD, path, full)) return real(path, flags, mode); \
        int was = exists(full); \
        if (!was && exists(full_path)) return refuse(ENOSPC); \
        return opened(real(path, flags, mode), flags, full, was); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int dir, const char *path, int flags, ...) { \
        REAL(name); \
        MODE(flags) \
        char full[PATH_MAX]; \
        if (!(flags & (O_CREAT | O_TRUNC)) || !path_at(dir, path, full)) return real(dir, path, flags, mode); \
        int was = exists(full); \
        if (!was && exists(full_path)) return refuse(ENOSPC); \
        return opened(real(dir, path, flags, mode), flags, full, was); \
    }
OPENAT(openat)
OPENAT(openat64)

int mkdirat(int dir, const char *name, mode_t mode) {
    REAL(mkdirat);
    char path[PATH_MAX];
    if (!path_at(dir, name, path)) return real(dir, name, mode);
    if (exists(full_path) && !exists(path)) return refuse(ENOSPC);
    int done = real(dir, name, mode);
    if (!done) note(MKDIR, inode_of(path), 0, path, NULL, 0);
    return done;
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    REAL(renameat);
    char old[PATH_MAX], new[PATH_MAX];
    int known = path_at(from_dir, from, old);
    known = path_at(to_dir, to, new) && known;
    int done = real(from_dir, from, to_dir, to);
    if (!done && known) note(RENAME, inode_of(new), 0, old, new, strlen(new));
    return done;
}

int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    REAL(linkat);
    char old[PATH_MAX], new[PATH_MAX];
    int known = path_at(from_dir, from, old);
    known = path_at(to_dir, to, new) && known;
    int done = real(from_dir, from, to_dir, to, flags);
    if (!done && known) note(LINK, inode_of(new), 0, old, new, strlen(new));
    return done;
}

int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int unlinkat(int dir, const char *name, int flags) {
    REAL(unlinkat);
    char path[PATH_MAX];
    int known = path_at(dir, name, path);
    int done = real(dir, name, flags);
    if (!done && known) note(UNLINK, 0, 0, path, NULL, 0);
    return done;
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

#define SYNC(name) \
    int name(int fd) { \
        REAL(name); \
        char path[PATH_MAX]; \
        if (!path_of(fd, path)) return real(fd); \
        struct stat found; \
        if (syscall(SYS_newfstatat, fd, "", &found, AT_EMPTY_PATH)) return -1; \
        if (exists(eio_path)) return refuse(EIO); \
        if (S_ISDIR(found.st_mode) && exists(eio_folders_path)) return refuse(EIO); \
        if (journal < 0) return real(fd); \
        note(SYNC, found.st_ino, 0, path, NULL, 0); /* the real one would only cost time: the journal is the truth */ \
        return 0; \
    }
SYNC(fsync)
SYNC(fdatasync)
