"""Plain Splink over the same people: ``untuned`` as its guide begins, ``tuned`` for accuracy. In a process of its own.

``measure(table, how, out)``: ``table`` is a Parquet file with ``unique_id, first, last, born, email, phone, street,
postcode``; pairs of records that are one person, with the bits in favour, go to the Parquet file ``out``. Answers the
seconds of training, and of prediction with clustering. A column that says nothing of anybody is left out.
"""

import logging
import time
from pathlib import Path

UNTUNED, TUNED = "untuned", "tuned"
CLUSTERED_FROM = 0.95  # as Splink's guide does
RULES = {
    UNTUNED: (("first", "last"), ("last", "born"), ("email",), ("phone",)),
    TUNED: (
        ("first", "last"), ("last", "born"), ("first", "born"), ("email",), ("phone",), ("first", "postcode"),
        ("substr(last, 1, 3)", "born"),
    ),
}  # fmt: skip
LEARNED_IN = (("first", "last"), ("email",), ("born", "phone"), ("born", "postcode"))
CERTAIN = (("first", "last", "born"), ("email", "last"))


def measure(table: Path, how: str, out: Path, quick: bool = False) -> dict:
    """Trains on the records, then predicts; what it took."""
    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    database = duckdb.connect(config={"threads": 2})
    database.execute(f"CREATE TABLE people AS SELECT *, first || ' ' || last AS whole_name FROM '{table}'").fetchall()
    columns = ("first", "last", "born", "email", "phone", "street", "postcode")
    counted = database.execute(f"SELECT {', '.join(f'count({name})' for name in columns)} FROM people").fetchall()[0]
    unknown = [name for name, number in zip(columns, counted, strict=True) if not number]

    def known(rules: tuple) -> list:
        return [block_on(*rule) for rule in rules if not any(name in part for name in unknown for part in rule)]

    dates = cl.DateOfBirthComparison("born", input_is_string=True)
    compared = {
        UNTUNED: {
            "first": cl.NameComparison("first"), "last": cl.NameComparison("last"), "born": dates,
            "email": cl.EmailComparison("email"), "phone": cl.ExactMatch("phone"),
            "postcode": cl.ExactMatch("postcode"),
        },
        TUNED: {
            "first": cl.ForenameSurnameComparison("first", "last", forename_surname_concat_col_name="whole_name"),
            "born": dates, "email": cl.EmailComparison("email"), "phone": cl.LevenshteinAtThresholds("phone", [1]),
            "postcode": cl.LevenshteinAtThresholds("postcode", [1]),
            "street": cl.JaroWinklerAtThresholds("street", [0.9]),
        },
    }[how]  # fmt: skip
    linker = Linker(
        DuckDBAPI(database).register("people", dataset_display_name="everybody"),
        SettingsCreator(
            link_type="dedupe_only",
            comparisons=[comparison for name, comparison in compared.items() if name not in unknown],
            blocking_rules_to_generate_predictions=known(RULES[how]),
            retain_matching_columns=False,
        ),
        log_level=logging.ERROR,
    )
    began, worked = time.perf_counter(), time.process_time()
    linker.training.estimate_probability_two_random_records_match(known(CERTAIN), recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e5 if quick else 1e6 if how == UNTUNED else 1e7)
    for rule in known(LEARNED_IN):
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
    ).fetchall()
    return {
        "train_s": round(trained, 2), "train_cpu_s": round(worked_training, 2), "value": round(took, 2),
        "cpu_s": round(worked, 2),
        "clusters": len(database.execute(f"SELECT DISTINCT cluster_id FROM {clusters.physical_name}").fetchall()),
    }  # fmt: skip
