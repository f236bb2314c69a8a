# SPDX-License-Identifier: ISC
"""C as tokens, and the small mistakes that can be made at them.

A change is a span of the text and what to write there instead. Only function bodies are changed:
tables, types and declarations say what things are called rather than what is done.
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/|^\#(?:\\\n|[^\n])*) |
    (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*') |
    (?P<number>(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*) |
    (?P<word>[A-Za-z_]\w*) |
    (?P<sign>\.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s\w])
""", re.VERBOSE | re.MULTILINE | re.DOTALL)

SWAPPED = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&",
           "+": "-", "-": "+", "+=": "-=", "-=": "+=", "<<": ">>", ">>": "<<", "&": "|", "|": "&",
           "++": "--", "--": "++", "%": "/", "/": "*", "&=": "|=", "|=": "&="}
UNARY_TOO = {"-", "&", "+"}  # these have another meaning in front of a value
WORDS = {"true": "false", "false": "true", "EINTR": "EAGAIN", "EAGAIN": "EINTR", "EMFILE": "ENOMEM",
         "ENFILE": "EMFILE", "ENOBUFS": "EAGAIN", "ENOMEM": "EBADF", "SIGTERM": "SIGHUP",
         "SIGINT": "SIGTERM", "LOW": "HIGH", "HIGH": "LOW", "break": "", "continue": ""}
SAYS = {"diagnose_hint", "oci_text_fail", "parse_fail", "fatal", "bug"}
NEVER_BEFORE_BINARY = {"return", "case", "sizeof", "else", "do"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


@dataclass(frozen=True)
class Change:
    kind: str   # operator, number, word, condition, statement
    at: int
    end: int
    new: str


def tokens_of(text: str) -> list[Token]:
    return [Token(match.lastgroup or "", match.group(), match.start())
            for match in TOKEN.finditer(text) if match.lastgroup != "space"]


def bodies(text: str, tokens: list[Token]):
    """(name, tokens) of each function: its `{` and `}` stand in the first column."""
    start = None
    for i, token in enumerate(tokens):
        first_column = token.at == 0 or text[token.at - 1] == "\n"
        if token.text == "{" and first_column:
            start = i
        elif token.text == "}" and first_column and start is not None:
            yield name_before(tokens, start), tokens[start:i + 1]
            start = None


def name_before(tokens: list[Token], brace: int) -> str:
    """The word in front of the parameter list that ends at the brace."""
    depth, i = 0, brace - 1
    while i > 0:
        depth += {")": 1, "(": -1}.get(tokens[i].text, 0)
        if depth == 0:
            return tokens[i - 1].text
        i -= 1
    return ""


def is_value(token: Token) -> bool:
    """Can a binary operator stand behind it?"""
    return token.text in (")", "]") or (token.kind in ("number", "word", "text")
                                        and token.text not in NEVER_BEFORE_BINARY)


def is_cast(body: list[Token], i: int) -> bool:
    """Does a `)` at i end a cast, as in (uint64_t)-x?"""
    return body[i].text == ")" and (body[i - 1].text.endswith("_t") or body[i - 1].text in (
        "long", "int", "unsigned", "char", "*"))


def operator(body: list[Token], i: int) -> Change | None:
    token = body[i]
    new = SWAPPED.get(token.text)
    if token.kind != "sign" or new is None:
        return None
    if token.text in UNARY_TOO and (not is_value(body[i - 1]) or is_cast(body, i - 1)):
        return None
    return Change("operator", token.at, token.end, new)


def numbers(token: Token) -> list[Change]:
    if token.kind != "number":
        return []
    digits = token.text.rstrip("uUlL")
    suffix = token.text[len(digits):]
    value = int(digits, 0)
    return [Change("number", token.at, token.end, f"{near}{suffix}")
            for near in (value + 1, value - 1) if near >= 0]


def word(body: list[Token], i: int) -> Change | None:
    token = body[i]
    if token.kind != "word":
        return None
    if token.text in WORDS:
        return Change("word", token.at, token.end, WORDS[token.text])
    # A constant: another one of the same kind, mostly.
    if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", token.text) and body[i + 1].text not in ("(", ")"):
        return Change("word", token.at, token.end, f"({token.text} + 1)")
    return None


def closing(body: list[Token], i: int) -> int:
    """The index of the `)` that ends the `(` at i."""
    depth = 0
    for j in range(i, len(body)):
        depth += {"(": 1, ")": -1}.get(body[j].text, 0)
        if depth == 0:
            return j
    raise ValueError("a bracket is not closed")


def condition(text: str, body: list[Token], i: int) -> Change | None:
    """if (X) and while (X) with X negated."""
    if body[i].text not in ("if", "while") or body[i + 1].text != "(":
        return None
    end = closing(body, i + 1)
    inside = text[body[i + 1].end:body[end].at]
    return Change("condition", body[i + 1].end, body[end].at, f"!({inside})")


def statement(body: list[Token], i: int) -> Change | None:
    """A call or an assignment, left out."""
    if body[i - 1].text not in (";", "{", "}", ")", "else", ":") or body[i].kind != "word":
        return None
    if body[i + 1].text not in ("(", "->", ".", "[", "=", "++", "--", "+=", "-=", "|=", "&="):
        return None
    if body[i].text in ("if", "while", "for", "switch", "return", "sizeof", "case"):
        return None
    if body[i - 1].text == ")" and is_cast(body, i - 1):
        return None
    depth = 0
    for j in range(i, len(body)):
        depth += {"(": 1, ")": -1, "{": 1, "}": -1}.get(body[j].text, 0)
        if depth < 0:
            return None  # inside the head of a `for`
        if depth == 0 and body[j].text == ";":
            return Change("statement", body[i].at, body[j].at, "")
    return None


def wording(body: list[Token]) -> set[int]:
    """The indices of tokens that only choose the words of a message."""
    found: set[int] = set()
    for i in range(len(body) - 1):
        if body[i].text in SAYS and body[i + 1].text == "(":
            found |= set(range(i, closing(body, i + 1)))
    return found


def changes_in(text: str):
    """(function, change) for everything that can be changed, but for the words of messages."""
    for name, body in bodies(text, tokens_of(text)):
        words = wording(body)
        for i in (i for i in range(1, len(body) - 1) if i not in words):
            found = [operator(body, i), word(body, i), condition(text, body, i), statement(body, i)]
            for change in [*numbers(body[i]), *filter(None, found)]:
                yield name, change
