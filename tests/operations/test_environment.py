"""Secrets come from the environment, from a file or from systemd's credentials: from one of them."""

import pytest

from rondpoint.config import environment


def read(tmp_path, **given) -> environment.Environment:
    return environment.read({"RONDPOINT_HOME": str(tmp_path / "home"), **given})


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("RONDPOINT_SECRET", "s" * 40, "secret", "s" * 40),
        ("DATABASE_URL", "postgresql://u:p@db/x", "database_url", "postgresql://u:p@db/x"),
        ("RONDPOINT_LLM_KEY", "k", "llm_key", "k"),
        ("RONDPOINT_METRICS_TOKEN", "m", "metrics_token", "m"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=Basic%20eA==,b=c", "otlp_headers", (("a", "Basic eA=="), ("b", "c"))),
    ],
)
def test_a_secret_comes_by_any_of_three_ways(tmp_path, name, value, field, expected):
    path = tmp_path / "credentials" / name
    path.parent.mkdir()
    path.write_text(value + "\n")
    for given in ({name: value}, {f"{name}_FILE": str(path)}, {"CREDENTIALS_DIRECTORY": str(path.parent)}):
        assert getattr(read(tmp_path, **given), field) == expected


def test_every_secret_is_among_them(tmp_path):
    assert set(environment.SECRETS) == {
        "RONDPOINT_SECRET",
        "DATABASE_URL",
        "RONDPOINT_LLM_KEY",
        "RONDPOINT_METRICS_TOKEN",
        "OTEL_EXPORTER_OTLP_HEADERS",
    }


@pytest.mark.parametrize("name", environment.SECRETS)
def test_two_sources_stop_the_start(tmp_path, name):
    (tmp_path / name).write_text("x")
    with pytest.raises(environment.BadEnvironment) as stopped:
        read(tmp_path, **{name: "y", f"{name}_FILE": str(tmp_path / name)})
    assert f"{name} and {name}_FILE are both given" in str(stopped.value)
    with pytest.raises(environment.BadEnvironment, match="both given"):
        read(tmp_path, **{f"{name}_FILE": str(tmp_path / name), "CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_a_file_that_cannot_be_read_or_is_empty_stops_the_start(tmp_path):
    with pytest.raises(environment.BadEnvironment, match="RONDPOINT_SECRET_FILE=.*cannot be read"):
        read(tmp_path, RONDPOINT_SECRET_FILE=str(tmp_path / "none"))
    (tmp_path / "empty").write_text("\n")
    with pytest.raises(environment.BadEnvironment, match="RONDPOINT_SECRET_FILE=.*is empty"):
        read(tmp_path, RONDPOINT_SECRET_FILE=str(tmp_path / "empty"))


def test_the_sentence_never_tells_the_secret(tmp_path):
    (tmp_path / "url").write_text("mysql://root:canary-password@db/x")
    with pytest.raises(environment.BadEnvironment) as stopped:
        read(tmp_path, DATABASE_URL_FILE=str(tmp_path / "url"))
    assert "canary" not in str(stopped.value)


def test_a_lake_lies_in_a_folder_or_in_an_object_store(tmp_path):
    assert read(tmp_path).lake == str(tmp_path / "home" / "lake")
    address = "s3://lakes/of/shop?endpoint_override=http://127.0.0.1:9000&region=eu-west-3"
    assert read(tmp_path, RONDPOINT_LAKE=address).lake == address, "nobody is asked at the start"
    assert read(tmp_path, RONDPOINT_LAKE=str(tmp_path / "other")).lake == str(tmp_path / "other")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("lake", "a folder named from the root"),
        ("https://bucket/prefix", "expected a folder, or s3://"),
        ("s3://", "expected a folder, or s3://"),
        ("s3://key:canary@bucket/prefix", "AWS_SECRET_ACCESS_KEY"),
        ("s3://bucket/prefix?endpoint=x", "endpoint is unknown or empty; expected endpoint_override, region, scheme"),
        ("s3://bucket/prefix?region=", "region is unknown or empty"),
    ],
)
def test_an_address_of_a_lake_that_leads_nowhere_stops_the_start(tmp_path, address, said):
    with pytest.raises(environment.BadEnvironment) as stopped:
        read(tmp_path, RONDPOINT_LAKE=address)
    assert said in str(stopped.value) and "canary" not in str(stopped.value)


def test_a_collector_has_a_web_address(tmp_path):
    with pytest.raises(environment.BadEnvironment, match="OTEL_EXPORTER_OTLP_ENDPOINT"):
        read(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="collector:4318")
    with pytest.raises(environment.BadEnvironment, match="OTEL_EXPORTER_OTLP_HEADERS"):
        read(tmp_path, OTEL_EXPORTER_OTLP_HEADERS="nothing")
