# SPDX-License-Identifier: ISC
"""Scraping and alerting: promtool takes the files, and a real Prometheus gets the numbers of a real echocell."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request

import pytest
import yaml

import scrape
from peers import free_port
from waiting import DEADLINE_S, wait_until


LIFE_S = 120  # it is gone then, whatever became of the test


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def directory(dist):
    return dist / "prometheus"


def test_configuration_and_rules_are_valid(directory):
    assert "FAILED" not in promtool("check", "config", "--lint=all", "--lint-fatal", directory / "prometheus.yml")
    promtool("check", "rules", "--lint=all", "--lint-fatal", directory / "echocell.rules.yml")


def test_rules_fire_on_what_they_are_for(directory):
    promtool("test", "rules", directory / "echocell.rules.test.yml")


def alerts(path):
    return {rule["alert"]: rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]}


def test_every_alert_is_tested_both_ways(directory):
    tests = yaml.safe_load((directory / "echocell.rules.test.yml").read_text())["tests"]
    cases = [case for test in tests for case in test["alert_rule_test"]]
    names = set(alerts(directory / "echocell.rules.yml"))
    assert names == {case["alertname"] for case in cases if case.get("exp_alerts")}
    assert names == {case["alertname"] for case in cases if not case.get("exp_alerts")}


class Prometheus:
    """A real one, with the shipped configuration; only addresses and the pace are the test's."""

    def __init__(self, directory, place, target):
        config = yaml.safe_load((directory / "prometheus.yml").read_text())
        (job,) = config["scrape_configs"]
        assert job["static_configs"] == [{"targets": ["127.0.0.1:9107"]}]
        job["static_configs"][0]["targets"] = [target]
        job["scrape_timeout"] = config["global"]["scrape_interval"] = config["global"]["evaluation_interval"] = "500ms"
        shutil.copy(directory / "echocell.rules.yml", place)
        (place / "prometheus.yml").write_text(yaml.safe_dump(config))
        self.base = f"http://127.0.0.1:{free_port()}"
        self.process = subprocess.Popen(
            ["timeout", str(LIFE_S), "prometheus", f"--config.file={place}/prometheus.yml",
             f"--storage.tsdb.path={place}/data", "--log.level=error",
             f"--web.listen-address={self.base.removeprefix('http://')}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def get(self, path, **query):
        """The data of an answer; None while there is none."""
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(query)}",
                                        timeout=DEADLINE_S) as answer:
                return json.load(answer)["data"]
        return None

    def value(self, expression):
        """The one value of an expression, or None."""
        data = self.get("query", query=expression)
        return float(data["result"][0]["value"][1]) if data and data["result"] else None

    def firing(self):
        data = self.get("alerts") or {"alerts": []}
        return {alert["labels"]["alertname"] for alert in data["alerts"] if alert["state"] == "firing"}


@pytest.fixture
def daemon(server):
    return server("--metrics=127.0.0.1:0", "--penalty=0")


@pytest.fixture
def prometheus(directory, tmp_path, daemon):
    running = Prometheus(directory, tmp_path, "%s:%d" % scrape.address_of(daemon))
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(DEADLINE_S)


def test_prometheus_scrapes_what_happened_and_tells_of_a_crash(prometheus, daemon):
    wait_until(lambda: prometheus.value('up{job="echocell"}') == 1, "it is scraped")
    wait_until(lambda: prometheus.value('echocell_sessions_total{outcome="crash"}') == 0, "nothing has crashed")
    client, session = daemon.serving()
    os.kill(session, signal.SIGSEGV)
    client.receive_nothing()
    wait_until(lambda: prometheus.value('echocell_sessions_total{outcome="crash"}') == 1, "the crash is counted")
    wait_until(lambda: "EchocellCrash" in prometheus.firing(), "somebody is told")
    assert prometheus.firing() == {"EchocellCrash"}
    assert prometheus.value("echocell_max_sessions") == 512
    types = prometheus.get("metadata")
    page = scrape.Page(daemon)
    kinds = {name: family.kind for name, family in page.families.items() if family.kind in ("gauge", "histogram")}
    assert kinds and all(types[name][0]["type"] == kind for name, kind in kinds.items())


def test_every_series_that_an_alert_uses_exists(prometheus, directory):
    wait_until(lambda: prometheus.value('up{job="echocell"}') == 1, "it is scraped")
    known = set(prometheus.get("label/__name__/values"))
    expressions = " ".join(rule["expr"] for rule in alerts(directory / "echocell.rules.yml").values())
    used = set(re.findall(r"\bechocell_\w+", expressions))
    assert used and used <= known
