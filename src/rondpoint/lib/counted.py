"""Everything the house counts. One list, so that whichever process is asked can name what another counted.

Values of labels come from short lists (channels, roles, states, kinds of addresses), never from what people sent.
"""

from rondpoint.lib.metrics import SIZES, Counter, Gauge, Histogram

LONG = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

requests = Histogram(
    "rondpoint_http_request_seconds",
    "HTTP requests: from their first line to the end of the answer; streams are not among them",
    ("route", "status"),
)
streams = Gauge("rondpoint_streams_open", "Open streams of server-sent events", ("kind",))
fan_out = Histogram(
    "rondpoint_live_seconds", "From the recording of a fact until the open screens of a process are told", ()
)

stored = Counter("rondpoint_deliveries_stored_total", "Deliveries stored and acknowledged", ("channel",))
worked = Counter(
    "rondpoint_deliveries_worked_total", "Deliveries worked off: done, failed or quarantined", ("channel", "outcome")
)
delivery = Histogram(
    "rondpoint_delivery_seconds", "What a delivery takes: store, parse or apply (its share)", ("channel", "step")
)

sends = Histogram("rondpoint_send_seconds", "Calls of providers by their outcome", ("channel", "outcome"), LONG)
retries = Counter("rondpoint_send_retries_total", "Dispatches taken again after a failed try", ("channel",))
moved = Counter("rondpoint_dispatches_moved_total", "Dispatches that came into a state", ("channel", "state"))

turn = Histogram("rondpoint_write_turn_seconds", "Waiting for the turn to write (SQLite)")
together = Histogram("rondpoint_group_commit_size", "What shares one transaction", ("writer",), SIZES)

jobs = Counter("rondpoint_job_runs_total", "Runs of the work that comes round: done or failed", ("job", "outcome"))
job_seconds = Histogram("rondpoint_job_seconds", "What a run takes", ("job",), LONG)
job_success = Gauge("rondpoint_job_last_success_seconds", "When a job last ended well, in seconds since 1970", ("job",))

processes = Gauge("rondpoint_processes", "Living processes", ("role",))
memory = Gauge("rondpoint_process_resident_bytes", "Memory of the processes", ("role",))
processor = Gauge("rondpoint_process_cpu_seconds", "Processor time of the living processes", ("role",))
spans_dropped = Gauge("rondpoint_trace_spans_dropped", "Spans the collector did not take", ("role",))

# Looked up when somebody asks.
waiting = Gauge("rondpoint_deliveries_waiting", "Deliveries not yet worked off")
oldest = Gauge("rondpoint_deliveries_oldest_seconds", "Age of the oldest of them")
batches = Gauge("rondpoint_batches_waiting", "Batches of sources not yet worked off")
oldest_batch = Gauge("rondpoint_batches_oldest_seconds", "Age of the oldest of them")
quarantined = Gauge("rondpoint_deliveries_quarantined", "Deliveries that failed five times")
differing = Gauge("rondpoint_event_types_differing", "Types of events that look different than before, or fell silent")
queued = Gauge("rondpoint_dispatches_queued", "Messages that wait to leave", ("channel",))
unknown = Gauge("rondpoint_dispatches_unknown", "Messages of which nobody knows whether they left")
chats = Gauge("rondpoint_chat_sessions", "Chat sessions seen during the last five minutes")
leases = Gauge("rondpoint_leases_held", "Leases held now: lines, listeners, lanes, jobs", ("kind",))
connections = Gauge("rondpoint_connections", "Channel accounts in use: well, or with a problem", ("channel", "state"))
database_bytes = Gauge("rondpoint_database_bytes", "Size of the database")
wal_bytes = Gauge("rondpoint_wal_bytes", "Size of SQLite's write-ahead log")
files_bytes = Gauge("rondpoint_files_bytes", "Size of the stored files")
disk_free = Gauge("rondpoint_disk_free_bytes", "Free space where the home lies")
ready = Gauge("rondpoint_ready", "1 where /readyz says so")
