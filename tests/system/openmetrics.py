# SPDX-License-Identifier: ISC
"""A strict reader of OpenMetrics 1.0 text: what the specification forbids is a ValueError.

https://github.com/prometheus/OpenMetrics, specification/OpenMetrics.md. Timestamps and exemplars, which
echocell never writes, are not read.
"""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = rf'{NAME.replace(":", "")}="(?:[^"\\\n]|\\[\\n"])*"'
NUMBER = r"[-+]?(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|Inf|inf|NaN)"
META = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)")
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? ({NUMBER})")
SUFFIXES = {"counter": ("_total", "_created"), "gauge": ("",), "info": ("_info",), "unknown": ("",),
            "histogram": ("_bucket", "_count", "_sum", "_created")}


class Family:
    """One metric family; samples are (suffix, labels) -> value, in the order of the page."""

    def __init__(self, name):
        self.name, self.meta, self.samples = name, {}, {}

    @property
    def kind(self):
        return self.meta.get("TYPE", "unknown")

    def add(self, suffix, labels, value):
        key = (suffix, tuple(sorted(labels.items())))
        require(key not in self.samples, f"{self.name}: {key} stands twice")
        require(len(labels) == len(key[1]), f"{self.name}: a label stands twice")
        self.samples[key] = value

    def value(self, suffix="", **labels):
        return self.samples[suffix, tuple(sorted(labels.items()))]

    def by_label(self, label, suffix=""):
        return {dict(labels)[label]: value for (end, labels), value in self.samples.items() if end == suffix}

    def check(self):
        require(self.meta.get("HELP") and self.samples, f"{self.name}: no help or no sample")
        unit = self.meta.get("UNIT")
        require(not unit or self.name.endswith(f"_{unit}"), f"{self.name}: does not end with its unit {unit}")
        if self.kind in ("counter", "histogram", "info"):
            require(all(value >= 0 for value in self.samples.values()), f"{self.name}: a negative number")
        if self.kind == "info":
            require(set(self.samples.values()) == {1}, f"{self.name}: an info that is not 1")
        if self.kind == "histogram":
            self.check_buckets()

    def check_buckets(self):
        buckets = list(self.by_label("le", "_bucket").items())
        bounds = [float(bound) for bound, _ in buckets]
        counts = [count for _, count in buckets]
        require(bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), f"{self.name}: bounds {bounds}")
        require(all("." in bound or bound == "+Inf" for bound, _ in buckets), f"{self.name}: bounds are no floats")
        require(counts == sorted(counts), f"{self.name}: buckets are not cumulative: {counts}")
        require(counts[-1] == self.value("_count"), f"{self.name}: +Inf is not the count")


def require(held, what):
    if not held:
        raise ValueError(what)


def add_meta(families, order, line):
    match = META.fullmatch(line)
    require(match, f"no metadata: {line!r}")
    word, name, text = match.groups()
    if name not in families:
        families[name] = Family(name)
        order.append(name)
    require(order[-1] == name, f"{name}: its lines do not stand together")
    family = families[name]
    require(not family.samples and word not in family.meta, f"{name}: {word} stands twice or behind a sample")
    require(word != "TYPE" or text in SUFFIXES, f"{name}: type {text}")
    family.meta[word] = text


def add_sample(families, order, line):
    match = SAMPLE.fullmatch(line)
    require(match and order, f"no sample: {line!r}")
    name, labels, number = match.groups()
    family = families[order[-1]]
    suffix = name.removeprefix(family.name)
    require(name.startswith(family.name) and suffix in SUFFIXES[family.kind], f"{name} stands in {family.name}")
    pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or "")
    require(len(dict(pairs)) == len(pairs), f"{line!r}: a label stands twice")
    family.add(suffix, dict(pairs), float(number))


def parse(text):
    """The families of a page by name."""
    require(text.endswith("\n# EOF\n"), "the page does not end with # EOF")
    families, order = {}, []
    for line in text.removesuffix("# EOF\n").split("\n")[:-1]:
        (add_meta if line.startswith("#") else add_sample)(families, order, line)
    require(len(order) == len(set(order)), "a family stands twice")
    for family in families.values():
        family.check()
    return families
