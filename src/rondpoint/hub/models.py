"""Data in and out: imports with the rows they refused, exports, destinations, webhooks with what they were told, and
the rights of those whom the data is about."""

from django.db import models

from rondpoint.lib import clock, ids


class Sync(models.Model):
    """A file at an address, or a table of a database, that is brought in again and again. ``address`` is sealed: it may
    hold a token.

    Of a database the rows from ``reached`` on are read, a value of the ``growing`` column; ``reaching``: how far the
    import that was begun last will have come, which holds once it is done.
    """

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=24)
    address = models.TextField()
    origin = models.CharField(max_length=40)
    country = models.CharField(max_length=2, default="FR")
    minutes = models.IntegerField()  # between two looks
    active = models.BooleanField(default=True)
    by = models.CharField(max_length=200, blank=True)
    created = models.BigIntegerField(default=clock.now)
    due = models.BigIntegerField(default=clock.now)
    ran = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)  # what was there the last time
    error = models.TextField(blank=True)
    reads = models.CharField(max_length=8, default="file")  # file | database
    query = models.TextField(blank=True)  # the name of a table, or one SELECT
    growing = models.CharField(max_length=200, blank=True)
    reached = models.JSONField(null=True)  # syncs.rules.kept
    reaching = models.JSONField(null=True)
    header = models.JSONField(default=list)
    samples = models.JSONField(default=list)  # the first rows
    mapping = models.JSONField(default=list)  # a field for each column, "" for those left out; none: not chosen yet
    chosen = models.BooleanField(default=False)  # somebody said what the columns of a database mean
    checks = models.BooleanField(default=False)  # at the next look its rows are judged, and none is brought in
    looks = models.BooleanField(default=False)  # somebody asked to have it brought in now, also behind a check
    write_back = models.JSONField(default=list)  # the columns of its table that what is learnt here is written into
    wrote = models.BigIntegerField(null=True)  # when rows were written back last
    written = models.BigIntegerField(default=0)  # rows, that time
    left = models.BigIntegerField(default=0)  # rows that had changed there meanwhile
    unwritten = models.JSONField(default=list)  # [number, reason] of rows that could not be written
    write_error = models.TextField(blank=True)


class Import(models.Model):
    """A file that is brought in, and how far that has come.

    ``received`` → ``mapping`` (somebody says what the columns mean) → ``checking`` → ``checked`` → ``running`` →
    ``done``; or ``cancelled``, ``failed``. ``position`` and ``line`` are moved in the transaction of what the rows
    became, so that each row is taken once whatever dies when.
    """

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=200)
    origin = models.CharField(max_length=40, default="file")  # the system the file comes from
    country = models.CharField(max_length=2, default="FR")  # of telephone numbers without one
    by = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)  # the file as it came
    size = models.BigIntegerField()
    then = models.CharField(max_length=8, blank=True)  # what follows by itself once it is read: "" | check | run
    wanted = models.JSONField(default=dict)  # {name of a column: field} as whoever brought it says
    rows = models.CharField(max_length=64, blank=True)  # its rows as CSV in UTF-8: the same file, or one made of it
    rows_size = models.BigIntegerField(default=0)
    dialect = models.JSONField(default=dict)  # rules.dialect.Dialect of the rows
    header = models.JSONField(default=list)
    samples = models.JSONField(default=list)  # the first rows
    mapping = models.JSONField(default=list)  # a field for each column, "" for those left out
    state = models.CharField(max_length=16, default="received")
    position = models.BigIntegerField(default=0)  # bytes of the rows
    line = models.BigIntegerField(default=0)  # rows, the header among them
    new = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    found = models.JSONField(default=dict)  # what a dry run found: {new, changed, known, refused, reasons, rows}
    error = models.TextField(blank=True)
    created = models.BigIntegerField(default=clock.now)
    began = models.BigIntegerField(null=True)
    ended = models.BigIntegerField(null=True)
    worked = models.BigIntegerField(default=0)  # when it last had its turn
    forgotten = models.BigIntegerField(null=True)  # when its file and its refused rows were let go
    sync = models.ForeignKey(Sync, null=True, on_delete=models.SET_NULL, related_name="imports")

    class Meta:
        indexes = [
            models.Index(
                fields=["worked"],
                condition=models.Q(state__in=("received", "checking", "running")),
                name="import_at_work",
            )
        ]


class RefusedRow(models.Model):
    """A row that was not taken, as it came; the others went in."""

    imported = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refusals")
    line = models.BigIntegerField()
    reason = models.CharField(max_length=500)
    cells = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["imported", "line"], name="refused_row_once")]


class Mapping(models.Model):
    """What the columns of files with the same header meant last time."""

    kind = models.CharField(max_length=24)
    signature = models.CharField(max_length=64)
    mapping = models.JSONField()
    origin = models.CharField(max_length=40)
    country = models.CharField(max_length=2)
    used = models.BigIntegerField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "signature"], name="mapping_once")]


class Export(models.Model):
    """A file that was asked for. ``waiting`` → ``running`` → ``done`` → ``expired``; or ``cancelled``, ``failed``."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    what = models.CharField(max_length=16)  # customers | events | consents
    form = models.CharField(max_length=8)  # csv | jsonl | parquet
    segment = models.ForeignKey("segments.Segment", null=True, on_delete=models.SET_NULL, related_name="+")
    types = models.JSONField(default=list)  # of facts; none: all
    since = models.BigIntegerField(null=True)  # when facts happened or words were said, from here on
    until = models.BigIntegerField(null=True)  # and before this
    by = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, default="waiting")
    rows = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    created = models.BigIntegerField(default=clock.now)
    ended = models.BigIntegerField(null=True)
    expires = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state__in=("waiting", "running")), name="export_at_work"),
            models.Index(fields=["expires"], condition=models.Q(state="done"), name="export_kept"),
        ]


class Destination(models.Model):
    """A table of another system's database that says what is known here, written anew again and again. ``address`` is
    sealed: it holds a password. It ends with its segment, so that nobody else is written there."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    name = models.CharField(max_length=120)
    what = models.CharField(max_length=16)  # customers | events | consents
    segment = models.ForeignKey("segments.Segment", null=True, on_delete=models.CASCADE, related_name="+")
    types = models.JSONField(default=list)  # of facts; none: all
    days = models.IntegerField(default=0)  # facts and words of so many days; 0: all
    address = models.TextField()
    table = models.CharField(max_length=130)
    minutes = models.IntegerField()  # between two times
    active = models.BooleanField(default=True)
    by = models.CharField(max_length=200, blank=True)
    created = models.BigIntegerField(default=clock.now)
    due = models.BigIntegerField(default=clock.now)
    ran = models.BigIntegerField(null=True)  # when it was written last
    rows = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    error = models.TextField(blank=True)


class Endpoint(models.Model):
    """An address of another system that is told of facts. ``failing``: since when nothing arrives there."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    name = models.CharField(max_length=120)
    url = models.CharField(max_length=1000)
    types = models.JSONField(default=list)  # of facts; none: all
    secret = models.TextField()  # sealed
    active = models.BooleanField(default=True)
    created = models.BigIntegerField(default=clock.now)
    since = models.BigIntegerField(default=clock.now)  # facts that were received before are not told
    failing = models.BigIntegerField(null=True)
    disabled = models.BigIntegerField(null=True)  # when it was switched off because nothing arrived

    def __str__(self) -> str:
        return self.name


class Told(models.Model):
    """A fact on its way to an endpoint. Its body is made of the fact each time, so that what is erased is told no more.

    ``tries``: the last ones, {at, status, ms, answer, error}.
    """

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="told")
    event_id = models.BigIntegerField(null=True)  # none: a test
    type = models.CharField(max_length=200)
    state = models.CharField(max_length=16, default="waiting")  # waiting | delivered | failed
    created = models.BigIntegerField(default=clock.now)
    due = models.BigIntegerField(default=clock.now)
    attempts = models.SmallIntegerField(default=0)
    status = models.SmallIntegerField(null=True)
    tries = models.JSONField(default=list)
    ended = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "due"], condition=models.Q(state="waiting"), name="told_waiting"),
            models.Index(fields=["endpoint", "-id"], name="told_newest"),
            models.Index(fields=["ended"], name="told_kept"),
        ]


class Erasure(models.Model):
    """Somebody who was forgotten: the work while it lasts, the receipt for ever, and nothing about her.

    ``hidden``: since when she could neither be seen nor written to. ``work`` is sealed and empty once it is done.
    ``step``, ``place``, ``found``: how far the work has come, and what this round has found.
    """

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    customer = models.UUIDField()  # the public id she had
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=16)  # rights.types.REASONS
    hidden = models.BigIntegerField(default=clock.now)
    done = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, default="working")  # working | done
    work = models.TextField(blank=True)
    step = models.IntegerField(default=0)
    place = models.BigIntegerField(default=0)
    found = models.IntegerField(default=0)
    due = models.BigIntegerField(default=0)
    waits = models.CharField(max_length=300, blank=True)  # for what
    counts = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["due"], condition=models.Q(state="working"), name="erasure_at_work"),
            models.Index(fields=["customer"], name="erasure_customer"),
        ]


class Forgotten(models.Model):
    """The ledger of erasures: hashes, under the key that is never changed, of what was forgotten. What is older and
    comes again, out of a backup or late, is not taken."""

    erasure = models.ForeignKey(Erasure, null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64)
    at = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "at"], name="forgotten_once")]


class RightsRequest(models.Model):
    """Somebody asked for something that is her right. ``customer_id``: her number, also when she is gone by now."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    kind = models.CharField(max_length=16)  # rights.types.KINDS
    customer_id = models.BigIntegerField(db_index=True)
    customer = models.UUIDField()
    asked_by = models.CharField(max_length=16)  # herself, on her page | colleague | key
    channel = models.CharField(max_length=24, blank=True)  # how she asked
    proof = models.CharField(max_length=300, blank=True)  # how it was proved that it was she
    law = models.CharField(max_length=8, default="gdpr")  # gdpr | law25
    received = models.BigIntegerField(default=clock.now)
    due = models.BigIntegerField()
    extended = models.CharField(max_length=300, blank=True)  # why it takes longer, as she was told
    state = models.CharField(max_length=8, default="open")  # open | held | working | done | refused
    held = models.BigIntegerField(null=True)  # since when an erasure waits for a hold
    answer = models.CharField(max_length=500, blank=True)  # why it was refused
    by = models.CharField(max_length=200, blank=True)
    closed = models.BigIntegerField(null=True)
    erasure = models.ForeignKey(Erasure, null=True, on_delete=models.SET_NULL, related_name="requests")
    json_sha256 = models.CharField(max_length=64, blank=True)
    page_sha256 = models.CharField(max_length=64, blank=True)  # of the PDF
    expires = models.BigIntegerField(null=True)  # when the files go

    class Meta:
        indexes = [
            models.Index(fields=["state", "due"], name="request_due"),
            models.Index(fields=["expires"], condition=models.Q(expires__isnull=False), name="request_kept"),
        ]


class RetentionRule(models.Model):
    """For how many days a kind of data is kept. ``place``: how far the present round has come."""

    kind = models.CharField(max_length=40, unique=True)
    days = models.IntegerField()
    active = models.BooleanField(default=False)
    by = models.CharField(max_length=200, blank=True)
    changed = models.BigIntegerField(default=clock.now)
    ran = models.BigIntegerField(null=True)
    removed = models.BigIntegerField(default=0)  # since it was made


class Hold(models.Model):
    """What may not be deleted until it is lifted: all of one ``customer``, of everybody in a ``segment`` (numbers that
    both had when it was set), or a ``kind`` of data from ``since`` to before ``till``."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    customer = models.UUIDField(null=True)
    segment = models.UUIDField(null=True)
    kind = models.CharField(max_length=40, blank=True)
    since = models.BigIntegerField(null=True)
    till = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300)
    reference = models.CharField(max_length=120, blank=True)  # of the file
    by = models.CharField(max_length=200)
    made = models.BigIntegerField(default=clock.now)
    ends = models.BigIntegerField(null=True)  # by itself
    lifted = models.BigIntegerField(null=True)
    lifted_by = models.CharField(max_length=200, blank=True)
    lifted_why = models.CharField(max_length=300, blank=True)

    def is_live(self, now: int) -> bool:
        """Whether it holds."""
        return self.lifted is None and (self.ends is None or self.ends > now)


class HeldProfile(models.Model):
    """Somebody whom a hold is about, also once she has left its segment."""

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="+")
    profile_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "profile_id"], name="held_once")]


class ReachCheck(models.Model):
    """Whom a message would reach, as it was found. ``waiting`` → ``running`` → ``done`` or ``failed``. Its examples are
    numbers of customers, so that what is erased is not kept here."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True)
    state = models.CharField(max_length=16, default="waiting")
    by = models.CharField(max_length=200, blank=True)
    asked = models.BigIntegerField(default=clock.now)
    ended = models.BigIntegerField(null=True)
    seconds = models.FloatField(default=0)
    segment = models.ForeignKey("segments.Segment", null=True, on_delete=models.SET_NULL, related_name="+")
    purpose = models.CharField(max_length=32)
    channels = models.JSONField(default=list)
    at = models.BigIntegerField()  # when it would be sent
    text = models.TextField(blank=True)
    result = models.JSONField(default=dict)  # reach.types.Reach
    problem = models.CharField(max_length=500, blank=True)


class SiloAudit(models.Model):
    """Which sources know whom, as it was found. ``waiting`` → ``running`` → ``done`` or ``failed``. Its examples are
    numbers of customers, so that what is erased is not kept here."""

    state = models.CharField(max_length=16, default="waiting")
    by = models.CharField(max_length=200, blank=True)  # empty: its time had come
    asked = models.BigIntegerField(default=clock.now)
    ended = models.BigIntegerField(null=True)
    seconds = models.FloatField(default=0)
    result = models.JSONField(default=dict)  # silos.types.Audit
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-asked"], name="silo_audit_newest")]
