"""JSON as json-c's tokener reads it without flags: Slurm 26.05's first look at a token's header.

It takes far more than RFC 8259: comments, single quotes, trailing commas, control characters, NaN,
words in any case, odd numbers, anything after the end; and less: at most 32 levels. A state machine
(json-c 0.19, json_tokener.c), kept as one here because its oddities come from its states. Strings stay
bytes, since json-c does not ask for UTF-8.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from slurm_jwt.slurmctld.jsonc_numbers import as_number

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 32
"""JSON_TOKENER_DEFAULT_DEPTH."""

SUCCESS, CONTINUE, END = "success", "continue", "unexpected end of data"

JsonC = bytes | int | float | bool | dict[bytes, "JsonC"] | list["JsonC"] | None


class State(Enum):
    """Where the tokener is within the value of one level."""

    BLANKS = auto()
    START = auto()
    FINISH = auto()
    COMMENT_START = auto()
    COMMENT = auto()
    COMMENT_LINE = auto()
    COMMENT_END = auto()
    STRING = auto()
    ESCAPE = auto()
    UNICODE = auto()
    NEED_ESCAPE = auto()
    NEED_U = auto()
    WORD = auto()
    INFINITY = auto()
    NUMBER = auto()
    ARRAY = auto()
    ARRAY_ADD = auto()
    ARRAY_SEPARATOR = auto()
    FIELD_START = auto()
    FIELD = auto()
    FIELD_END = auto()
    VALUE = auto()
    VALUE_ADD = auto()
    OBJECT_SEPARATOR = auto()


class Level:
    """One level of nesting: two states, the value so far, the member name that waits for a value."""

    __slots__ = ("current", "field", "saved", "state")

    def __init__(self) -> None:
        self.state = State.BLANKS
        self.saved = State.START
        self.current: JsonC = None
        self.field = b""


class Stop(Exception):
    """The tokener halts, with json-c's description of why."""


_BLANK = b" \t\n\r"
_HEX = b"0123456789abcdefABCDEF"
_SHORT = {98: b"\b", 110: b"\n", 114: b"\r", 116: b"\t", 102: b"\f", 34: b'"', 92: b"\\", 47: b"/"}
_REPLACEMENT = b"\xef\xbf\xbd"
_WORDS: dict[bytes, JsonC] = {b"null": None, b"nan": float("nan"), b"true": True, b"false": False}
_WORD_ERROR = {b"n": "null expected", b"t": "boolean expected", b"f": "boolean expected"}


def parse(data: bytes) -> tuple[JsonC, str]:
    """Return the value and json-c's description of the outcome; the value counts on SUCCESS alone."""
    machine = _Tokener(data)
    outcome = machine.run()
    return (machine.level.current if outcome == SUCCESS else None), outcome


class _Tokener:
    """The machine: data, position, the levels, and the text that is being gathered."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.levels = [Level()]
        self.text = bytearray()
        self.quote = 34
        self.high = 0
        self.finished: JsonC = None

    @property
    def level(self) -> Level:
        return self.levels[-1]

    def run(self) -> str:
        """Go until the data ends or a state halts; a NUL at the halt makes an unfinished value an END."""
        try:
            outcome = self._loop()
        except Stop as stop:
            outcome = str(stop)
        at_nul = self.position < len(self.data) and self.data[self.position] == 0
        if at_nul and State.FINISH not in {self.level.state, self.level.saved}:
            return END
        return outcome

    def _loop(self) -> str:
        """Each step looks at one character and says whether to go on to the next one."""
        while True:
            code = self._peek()
            while not _STEPS[self.levels[-1].state](self, code):
                code = self.data[self.position]
            if self.data[self.position] == 0:
                return SUCCESS
            self.position += 1

    def _peek(self) -> int:
        """Return the character at the position; halt at the end of the data."""
        if self.position < len(self.data):
            return self.data[self.position]
        level = self.level
        whole = len(self.levels) == 1 and level.state is State.BLANKS and level.saved is State.FINISH
        raise Stop(SUCCESS if whole else CONTINUE)

    def _advance(self) -> int:
        """Go on by one character within a step; a NUL halts without an error of its own."""
        if self.data[self.position] == 0:
            raise Stop(SUCCESS)
        self.position += 1
        return self._peek()

    def _after_blanks(self, state: State) -> None:
        self.level.saved = state
        self.level.state = State.BLANKS

    def _set(self, value: JsonC) -> None:
        self.level.current = value
        self._after_blanks(State.FINISH)

    def _descend(self, then: State) -> bool:
        if len(self.levels) >= MAX_DEPTH:
            raise Stop("nesting too deep")
        self.level.state = then
        self.levels.append(Level())
        return False

    def _blanks(self, code: int) -> bool:
        while code in _BLANK:
            code = self._advance()
        if code == 47:
            self.level.state = State.COMMENT_START
            return True
        self.level.state = self.level.saved
        return False

    def _start(self, code: int) -> bool:
        self.text.clear()
        if code == 123:
            self.level.current = {}
            self._after_blanks(State.FIELD_START)
            return True
        if code == 91:
            self.level.current = []
            self._after_blanks(State.ARRAY)
            return True
        if code in b"\"'":
            self.quote = code
            self.level.state = State.STRING
            return True
        self.level.state = self._scalar(code)
        return False

    def _scalar(self, code: int) -> State:
        if code in b"Ii":
            return State.INFINITY
        if code in b"NnTtFf":
            return State.WORD
        if code in b"0123456789-":
            return State.NUMBER
        raise Stop("unexpected character")

    def _finish(self, _code: int) -> bool:
        if len(self.levels) == 1:
            raise Stop(SUCCESS)
        self.finished = self.levels.pop().current
        return False

    def _comment_start(self, code: int) -> bool:
        if code not in b"*/":
            raise Stop("expected comment")
        self.level.state = State.COMMENT if code == 42 else State.COMMENT_LINE
        return True

    def _comment(self, code: int) -> bool:
        while code != 42:
            code = self._advance()
        self.level.state = State.COMMENT_END
        return True

    def _comment_line(self, code: int) -> bool:
        while code != 10:
            code = self._advance()
        self.level.state = State.BLANKS
        return True

    def _comment_end(self, code: int) -> bool:
        self.level.state = State.BLANKS if code == 47 else State.COMMENT
        return True

    def _gather(self, code: int, back: State) -> bool:
        """Gather a string's characters; say whether its closing quote was met, else an escape begins."""
        while code not in (self.quote, 92):
            self.text.append(code)
            code = self._advance()
        if code == 92:
            self.level.saved = back
            self.level.state = State.ESCAPE
            return False
        return True

    def _string(self, code: int) -> bool:
        if self._gather(code, State.STRING):
            self._set(bytes(self.text))
        return True

    def _escape(self, code: int) -> bool:
        if code == 117:
            self.level.state = State.UNICODE
        elif code in _SHORT:
            self.text += _SHORT[code]
            self.level.state = self.level.saved
        else:
            raise Stop("invalid string sequence")
        return True

    def _unicode(self, code: int) -> bool:
        """Read four hexadecimal digits; join surrogates, put U+FFFD for lone ones."""
        digits = ""
        while True:
            if code not in _HEX:
                raise Stop("invalid string sequence")
            digits += chr(code)
            if len(digits) == 4:
                break
            code = self._advance()
        self._character(int(digits, 16))
        return True

    def _character(self, number: int) -> None:
        if self.high:
            if 0xDC00 <= number <= 0xDFFF:
                number = 0x10000 + ((self.high & 0x3FF) << 10) + (number & 0x3FF)
            else:
                self.text += _REPLACEMENT
            self.high = 0
        if 0xD800 <= number <= 0xDBFF:
            self.high = number
            self.level.state = State.NEED_ESCAPE
            return
        self.text += _REPLACEMENT if 0xDC00 <= number <= 0xDFFF else chr(number).encode()
        self.level.state = self.level.saved

    def _need_escape(self, code: int) -> bool:
        if code == 92:
            self.level.state = State.NEED_U
            return True
        return self._lone(self.level.saved)

    def _need_u(self, code: int) -> bool:
        if code == 117:
            self.level.state = State.UNICODE
            return True
        return self._lone(State.ESCAPE)

    def _lone(self, state: State) -> bool:
        self.text += _REPLACEMENT
        self.high = 0
        self.level.state = state
        return False

    def _word(self, code: int) -> bool:
        """Compare letter by letter, in any case, with the words; the letter behind must be there."""
        start = chr(code).lower().encode()
        taken = start
        while True:
            fitting = [word for word in _WORDS if word.startswith(taken)]
            if not fitting:
                raise Stop(_WORD_ERROR[start])
            code = self._advance()
            if taken in fitting:
                self._set(_WORDS[taken])
                return False
            taken += bytes((code,)).lower()

    def _infinity(self, code: int) -> bool:
        """Read Infinity in any case, after - too; the character behind it must be there."""
        for expected in b"infinity":
            if bytes((code,)).lower() != bytes((expected,)):
                raise Stop("unexpected character")
            self.position += 1
            code = self._peek()
        self._set(float("-inf") if self.text[:1] == b"-" else float("inf"))
        return False

    def _number(self, code: int) -> bool:
        code = self._gather_number(code)
        inside = len(self.levels) > 1
        if inside and code not in b",]}/Ii" and code not in _BLANK:
            raise Stop("number expected")
        text = bytes(self.text)
        if text == b"-" and code in b"Ii":
            self.level.state = State.INFINITY
            return False
        value = as_number(text)
        if value is None:
            raise Stop("number expected")
        self._set(value)
        return False

    def _gather_number(self, code: int) -> int:
        """Gather what could be a number and return the character behind it."""
        is_double = is_exponent = plus = False
        minus = True
        while (
            code in b"0123456789"
            or (not is_exponent and code in b"eE")
            or (minus and code == 45)
            or (plus and code == 43)
            or (not is_double and code == 46)
        ):
            is_exponent = is_exponent or code in b"eE"
            is_double = is_double or code in b".eE"
            plus = minus = code in b".eE"
            self.text.append(code)
            code = self._advance()
        return code

    def _array(self, code: int) -> bool:
        if code == 93:
            self._after_blanks(State.FINISH)
            return True
        return self._descend(State.ARRAY_ADD)

    def _array_add(self, _code: int) -> bool:
        if isinstance(self.level.current, list):
            self.level.current.append(self.finished)
        self._after_blanks(State.ARRAY_SEPARATOR)
        return False

    def _array_separator(self, code: int) -> bool:
        if code not in b"],":
            raise Stop("array value separator ',' expected")
        self._after_blanks(State.FINISH if code == 93 else State.ARRAY)
        return True

    def _field_start(self, code: int) -> bool:
        if code == 125:
            self._after_blanks(State.FINISH)
        elif code in b"\"'":
            self.quote = code
            self.text.clear()
            self.level.state = State.FIELD
        else:
            raise Stop("quoted object property name expected")
        return True

    def _field(self, code: int) -> bool:
        if self._gather(code, State.FIELD):
            self.level.field = bytes(self.text).split(b"\0")[0]
            self._after_blanks(State.FIELD_END)
        return True

    def _field_end(self, code: int) -> bool:
        if code != 58:
            raise Stop("object property name separator ':' expected")
        self._after_blanks(State.VALUE)
        return True

    def _value(self, _code: int) -> bool:
        return self._descend(State.VALUE_ADD)

    def _value_add(self, _code: int) -> bool:
        if isinstance(self.level.current, dict):
            self.level.current[self.level.field] = self.finished
        self._after_blanks(State.OBJECT_SEPARATOR)
        return False

    def _object_separator(self, code: int) -> bool:
        if code not in b"},":
            raise Stop("object value separator ',' expected")
        self._after_blanks(State.FINISH if code == 125 else State.FIELD_START)
        return True


_STEPS: dict[State, Callable[[_Tokener, int], bool]] = {
    state: getattr(_Tokener, f"_{state.name.lower()}") for state in State
}
"""A step looks at one character; true means that the next one is due."""
