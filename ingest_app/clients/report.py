"""What became of the posts that were sent."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PostOutcome = Literal["accepted", "duplicate", "rejected", "failed"]

EXAMPLES_KEPT = 5


@dataclass(frozen=True)
class Reply:
    """The server's last word on one post."""

    outcome: PostOutcome
    status: int
    error: str = ""
    issues: tuple[tuple[str, str], ...] = ()  # (path, message)
    retries: int = 0


@dataclass(frozen=True)
class SendReport:
    """Every post counted once by its outcome and once by its status; examples for a person."""

    accepted: int
    duplicate: int
    rejected: int
    failed: int
    by_status: Mapping[int, int]
    rejected_by_field: Mapping[str, int]
    rejections: tuple[Reply, ...]
    failures: tuple[Reply, ...]
    retries: int
    seconds: float

    @property
    def sent(self) -> int:
        """The posts that the server gave a last word on."""
        return self.accepted + self.duplicate + self.rejected + self.failed

    @property
    def rate(self) -> float:
        """Posts a second, waits included."""
        return self.sent / self.seconds if self.seconds > 0 else 0.0


class Tally:
    """Collects answers from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._outcomes: Counter[PostOutcome] = Counter()
        self._statuses: Counter[int] = Counter()
        self._fields: Counter[str] = Counter()
        self._examples: dict[PostOutcome, list[Reply]] = {"rejected": [], "failed": []}
        self._retries = 0

    def add(self, answer: Reply) -> None:
        """Count one answer."""
        with self._lock:
            self._outcomes[answer.outcome] += 1
            self._statuses[answer.status] += 1
            self._retries += answer.retries
            examples = self._examples.get(answer.outcome)
            if examples is None:
                return
            if len(examples) < EXAMPLES_KEPT:
                examples.append(answer)
            if answer.outcome == "rejected":
                self._fields.update({path for path, _ in answer.issues})

    @property
    def done(self) -> int:
        """How many answers there are so far."""
        with self._lock:
            return self._outcomes.total()

    def report(self) -> SendReport:
        """What was counted until now."""
        with self._lock:
            return SendReport(
                accepted=self._outcomes["accepted"],
                duplicate=self._outcomes["duplicate"],
                rejected=self._outcomes["rejected"],
                failed=self._outcomes["failed"],
                by_status=dict(sorted(self._statuses.items())),
                rejected_by_field=dict(self._fields.most_common()),
                rejections=tuple(self._examples["rejected"]),
                failures=tuple(self._examples["failed"]),
                retries=self._retries,
                seconds=time.monotonic() - self._started,
            )
