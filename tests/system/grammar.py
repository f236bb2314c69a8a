# SPDX-License-Identifier: ISC
"""What a line of the log may look like, event by event: fixed words, numbers and addresses, and no other byte."""

import re

ADDRESS = r"(\d+(\.\d+){3}|\[[0-9a-f:]+\]):\d+"
TOTALS = r"( (active|accepted|rejected|sessions|messages|received|sent)=\d+){7}"
EVENTS = (
    r"fallback_user wanted=echocell user=nobody",
    rf"metrics address={ADDRESS}",
    rf"listening address={ADDRESS} protocol=\w+ pid=\d+ uid=\d+ gid=\d+ policy_sha256=[0-9a-f]{{64}} layers=[a-z_,]+"
    r" missing=[a-z_,-]+",
    rf"accept session=\d+ client={ADDRESS} active=\d+",
    rf"close session=\d+ client={ADDRESS} outcome=[a-z_]+ messages=\d+ received=\d+ sent=\d+ duration=\d+\.\d{{3}}"
    r"( step=[a-z_]+ errno=\d+)?",
    rf"scrape cell=\d+ client={ADDRESS} outcome=[a-z_]+ sent=\d+ duration=\d+\.\d{{3}}",
    rf"violation session=\d+ client={ADDRESS} syscall=\w+ number=\d+ arch=0x[0-9a-f]{{8}}",
    rf"ledger_implausible session=\d+ client={ADDRESS}",
    rf"reject client={ADDRESS} reason=[a-z_]+( suppressed=\d+)?",
    r"accept_failed errno=\d+",
    r"log_lost lines=\d+",
    r"drain reason=\w+ active=\d+",
    rf"status{TOTALS}",
    rf"stop status=\d+{TOTALS}",
    r'message session=\d+ bytes=\d+ complete=(yes|no) text="([ !#-\[\]-~]|\\[nrt\\"]|\\x[0-9a-f]{2})*"',
)
LINE = re.compile(f"event=({'|'.join(EVENTS)})")


def assert_lines(lines):
    """Each one is a whole event and nothing else."""
    for line in lines:
        assert LINE.fullmatch(line), line
