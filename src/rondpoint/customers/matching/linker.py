"""Splink over the records of all profiles. Imports Splink and DuckDB: for children and tests only."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from rondpoint.customers.matching.rules import levels, reading, scoring
from rondpoint.lake import store

RECORDS = "records"
U_PAIRS, U_PAIRS_EACH = 1e7, 100  # pairs drawn to see how often strangers agree: at most, and for each record
LEAST_PAIRS = 50  # in a block from which something is learned
EM_PAIRS = 1e6  # pairs looked at in each round of learning how often records of one person agree
# Each block is alike in what it is made by, so what that says is learned in the other blocks.
_LEARNED_IN = (("mail",), ("phone",), ("sound", "born"), ("first", "born"), ("street", "house", "postcode"))


class Matcher:
    """The records in a DuckDB of this process."""

    def __init__(self, spill: Path, records: Iterable[tuple[Sequence[int], Sequence[str]]]):
        """``records``: portions of profile ids with their packed records (``rules.reading.pack``)."""
        self.database: duckdb.DuckDBPyConnection = store.connect(spill)
        self.database.execute("CREATE TABLE packed (unique_id BIGINT, said VARCHAR)")
        for ids, said in records:
            self.database.register("given", pa.table({"unique_id": pa.array(ids, pa.int64()), "said": list(said)}))
            self.database.execute("INSERT INTO packed SELECT * FROM given")
            self.database.unregister("given")
        self._open()
        self._tables = 0

    def _open(self) -> None:
        """The fields of the records as columns; unknown ones are NULL. Keys are numbers; those that too many share say
        nothing."""
        fields = ", ".join(f"nullif(f[{place}], '') AS {name}" for place, name in enumerate(reading.FIELDS, 1))
        self.database.execute(
            f"CREATE TABLE plain AS SELECT unique_id, {fields} FROM "
            "(SELECT unique_id, string_split(said, chr(31)) AS f FROM packed)"
        )
        self.database.execute("DROP TABLE packed")
        for name in levels.COMMON:
            self.database.execute(
                f"CREATE TABLE share_{name} AS SELECT {name}, greatest(count(*) / sum(count(*)) OVER (), "
                f"{scoring.RAREST}) AS tf_{name} FROM plain WHERE {name} IS NOT NULL GROUP BY {name}"
            )
        keys = ", ".join(
            f"CASE WHEN {' AND '.join(f'{field} IS NOT NULL' for field in line)} "
            f"THEN hash({', '.join(line)}) END AS key{place}"
            for place, line in enumerate(reading.KEYS)
        )
        shares = " ".join(f"LEFT JOIN share_{name} USING ({name})" for name in levels.COMMON)
        tf = ", ".join(f"tf_{name}" for name in levels.COMMON)
        self.database.execute(f"CREATE TABLE {RECORDS} AS SELECT plain.*, {tf}, {keys} FROM plain {shares}")
        self.database.execute("DROP TABLE plain")
        for place in range(len(reading.KEYS)):
            self.database.execute(
                f"UPDATE {RECORDS} SET key{place} = NULL WHERE key{place} IN (SELECT key{place} FROM {RECORDS} "
                f"WHERE key{place} IS NOT NULL GROUP BY key{place} HAVING count(*) > {reading.FULLEST})"
            )

    def __len__(self) -> int:
        ((number,),) = self.database.execute(f"SELECT count(*) FROM {RECORDS}").fetchall()
        return int(number)

    def alike(self, line: Sequence[str]) -> int:
        """How many pairs of records are the same in these fields."""
        known = " AND ".join(f"{name} IS NOT NULL" for name in line)
        ((number,),) = self.database.execute(
            f"SELECT coalesce(sum(n * (n - 1) // 2), 0)::BIGINT FROM (SELECT count(*) AS n FROM {RECORDS} "
            f"WHERE {known} GROUP BY {', '.join(line)})"
        ).fetchall()
        return int(number)

    def shares(self) -> list[tuple[str, str, float]]:
        """Names that are more frequent than the rarest that are told apart: (field, name, share of the records)."""
        found = []
        for name in levels.COMMON:
            rows = self.database.execute(
                f"SELECT {name}, tf_{name} FROM share_{name} WHERE tf_{name} > {scoring.RAREST}"
            ).fetchall()
            found += [(name, said, share) for said, share in rows]
        return found

    def linker(self, weights: scoring.Weights | None = None) -> Linker:
        """Splink over the records, with weights or without any."""
        logging.getLogger("splink").setLevel(logging.ERROR)
        api = DuckDBAPI(self.database)
        self._tables += 1
        return Linker(
            api.register(RECORDS, dataset_display_name=f"all{self._tables}"),
            settings(weights),
            log_level=logging.ERROR,
            validate_settings=False,
        )

    def pairs(self, weights: scoring.Weights, least: float) -> duckdb.DuckDBPyRelation:
        """The pairs that share a key and have at least ``least`` bits in favour: (left, right, bits)."""
        predicted = self.linker(weights).inference.predict(threshold_match_weight=least)
        return self.database.sql(
            f"SELECT unique_id_l AS l, unique_id_r AS r, match_weight AS bits FROM {predicted.physical_name}"
        )


def settings(weights: scoring.Weights | None) -> SettingsCreator:
    """The comparisons of ``rules.levels`` in the words of Splink."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        probability_two_random_records_match=weights.prior if weights else 1e-6,
        blocking_rules_to_generate_predictions=[
            {"blocking_rule": f"l.key{place} = r.key{place}", "sql_dialect": "duckdb"}
            for place in range(len(reading.KEYS))
        ],
        comparisons=[_comparison(each, weights) for each in levels.COMPARISONS],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        max_iterations=20,
        em_convergence=0.001,
    )


def _comparison(comparison: levels.Comparison, weights: scoring.Weights | None) -> dict[str, Any]:
    degrees = weights.degrees[comparison.name] if weights else {}
    told: list[dict[str, Any]] = [
        {"sql_condition": comparison.unknown_sql, "label_for_charts": "unknown", "is_null_level": True}
    ]
    for level in (*comparison.levels, levels.Level(levels.ELSE, "ELSE", lambda a, b: True)):
        one: dict[str, Any] = {"sql_condition": level.sql, "label_for_charts": level.name}
        if level.name in degrees:
            degree = degrees[level.name]
            one |= {"m_probability": degree.m, "u_probability": degree.u}
        if level.common:
            one |= {"tf_adjustment_column": level.common, "tf_adjustment_weight": 1.0,
                    "tf_minimum_u_value": scoring.RAREST}  # fmt: skip
        told.append(one)
    return {"output_column_name": comparison.name, "comparison_levels": told, "comparison_description": comparison.name}


def train(matcher: Matcher, before: scoring.Weights, seed: int | None = None) -> scoring.Weights:
    """Learns the weights of these records: how often strangers agree by drawing pairs at random, how often records of
    one person agree by expectation maximisation in blocks of records that are alike. A degree that these records never
    show keeps the weight it had ``before``. Raises ValueError when there are too few records that are alike."""
    blocks = [line for line in _LEARNED_IN if matcher.alike(line) >= LEAST_PAIRS]
    if len(blocks) < 2:
        raise ValueError("too few records are alike to learn from them: the weights stay as they are")
    linker = matcher.linker()
    linker.training.estimate_probability_two_random_records_match(
        [_same("mail"), _same("phone", "part"), _same("sound", "born"), _same("given", "born")], recall=0.8
    )
    linker.training.estimate_u_using_random_sampling(
        max_pairs=min(U_PAIRS, U_PAIRS_EACH * len(matcher)), seed=seed, num_chunks=4
    )
    for line in blocks:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*line),
            estimate_without_term_frequencies=True,
            max_pairs=EM_PAIRS,
        )
    return weights_of(linker.misc.save_model_to_json(), before)


def _same(*names: str) -> str:
    return " AND ".join(f"l.{name} = r.{name}" for name in names)


def weights_of(model: dict[str, Any], before: scoring.Weights) -> scoring.Weights:
    """The weights of a model as Splink saves it; what it never observed is as ``before``."""
    degrees = {
        comparison["output_column_name"]: {
            level["label_for_charts"]: _degree(level, before.degrees[comparison["output_column_name"]])
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        }
        for comparison in model["comparisons"]
    }
    return scoring.Weights(model["probability_two_random_records_match"], degrees)


def _degree(level: dict[str, Any], before: dict[str, scoring.Degree]) -> scoring.Degree:
    m, u = level.get("m_probability"), level.get("u_probability")
    if not m or not u:
        return before[level["label_for_charts"]]
    return scoring.Degree(max(m, scoring.LEAST), max(u, scoring.LEAST))
