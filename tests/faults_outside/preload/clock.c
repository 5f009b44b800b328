/* A wall clock that a test sets while the process runs. CLOCK_FILE holds how far it is from the truth, as eight bytes of
 * a signed number of nanoseconds in the machine's order; it is mapped, so that a change is seen at once. The monotonic
 * clocks stay true, as they do on a machine whose time is set.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *wrong;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CLOCK_FILE");
    int handle = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (handle < 0) return;
    void *mapped = mmap(NULL, sizeof *wrong, PROT_READ, MAP_SHARED, handle, 0);
    if (mapped != MAP_FAILED) wrong = mapped;
    close(handle);
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int done = real(clock, at);
    if (!done && wrong && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t moment = (int64_t)at->tv_sec * 1000000000 + at->tv_nsec + *wrong;
        at->tv_sec = moment / 1000000000;
        at->tv_nsec = moment % 1000000000;
    }
    return done;
}

int gettimeofday(struct timeval *at, void *zone) {
    (void)zone;
    struct timespec moment;
    int done = clock_gettime(CLOCK_REALTIME, &moment);
    at->tv_sec = moment.tv_sec;
    at->tv_usec = moment.tv_nsec / 1000;
    return done;
}

time_t time(time_t *at) {
    struct timespec moment;
    clock_gettime(CLOCK_REALTIME, &moment);
    if (at) *at = moment.tv_sec;
    return moment.tv_sec;
}
