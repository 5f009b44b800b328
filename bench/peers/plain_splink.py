"""Plain Splink over the same people: ``untuned`` as its guide begins, ``tuned`` for accuracy. In a process of its own.

``measure(table, how, out)``: ``table`` is a Parquet file with ``unique_id, first, last, born, email, phone, street,
postcode``; pairs of records that are one person, with the bits in favour, go to the Parquet file ``out``. Answers the
seconds of training, and of prediction with clustering.
"""

import logging
import time
from pathlib import Path

UNTUNED, TUNED = "untuned", "tuned"
CLUSTERED_FROM = 0.95  # as Splink's guide does


def measure(table: Path, how: str, out: Path, quick: bool = False) -> dict:
    """Trains on the records, then predicts; what it took."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    database = duckdb.connect(config={"threads": 2})
    database.execute(f"CREATE TABLE people AS SELECT * FROM '{table}'")
    dates = cl.DateOfBirthComparison("born", input_is_string=True)
    if how == UNTUNED:
        comparisons = [
            cl.NameComparison("first"), cl.NameComparison("last"), dates, cl.EmailComparison("email"),
            cl.ExactMatch("phone"), cl.ExactMatch("postcode"),
        ]  # fmt: skip
        rules = [block_on("first", "last"), block_on("last", "born"), block_on("email"), block_on("phone")]
    else:
        comparisons = [
            cl.ForenameSurnameComparison("first", "last", forename_surname_concat_col_name="both"),
            dates,
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", [1]),
            cl.PostcodeComparison("postcode"),
            cl.JaroWinklerAtThresholds("street", [0.9]),
        ]
        rules = [
            block_on("first", "last"), block_on("last", "born"), block_on("first", "born"), block_on("email"),
            block_on("phone"), block_on("postcode", "street"), block_on("last", "postcode"),
            block_on("first", "postcode"), block_on("substr(last, 1, 3)", "born"),
            block_on("split_part(email, '@', 1)"),
        ]  # fmt: skip
        database.execute("ALTER TABLE people ADD COLUMN both VARCHAR")
        database.execute("UPDATE people SET both = first || ' ' || last")
    api = DuckDBAPI(database)
    linker = Linker(
        api.register("people", dataset_display_name="everybody"),
        SettingsCreator(
            link_type="dedupe_only", comparisons=comparisons, blocking_rules_to_generate_predictions=rules,
            retain_matching_columns=False,
        ),
        log_level=logging.ERROR,
    )  # fmt: skip
    began, worked = time.perf_counter(), time.process_time()
    certain = [block_on("first", "last", "born"), block_on("email", "last")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e5 if quick else 1e6 if how == UNTUNED else 1e7)
    for rule in (block_on("first", "last"), block_on("email"), block_on("born", "phone")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    trained, worked_training = time.perf_counter() - began, time.process_time() - worked
    began, worked = time.perf_counter(), time.process_time()
    predicted = linker.inference.predict(threshold_match_probability=0.1)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=CLUSTERED_FROM
    )
    took, worked = time.perf_counter() - began, time.process_time() - worked
    database.execute(
        f"COPY (SELECT unique_id_l AS l, unique_id_r AS r, match_weight AS bits FROM {predicted.physical_name}) "
        f"TO '{out}' (FORMAT parquet)"
    )
    return {
        "train_s": trained, "train_cpu_s": worked_training, "value": took, "cpu_s": worked,
        "clusters": len(database.execute(f"SELECT DISTINCT cluster_id FROM {clusters.physical_name}").fetchall()),
    }  # fmt: skip
