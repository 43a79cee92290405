"""Tabs as a person has them: those behind another are hidden, and one of them has the focus.

Playwright makes every page of its own believe that it is in front. So these belong to a browser
context that Playwright does not know, and are spoken to by the DevTools protocol.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, CDPSession

PATIENCE_SECONDS = 60


class Window:
    """A window of its own, with storage of its own."""

    def __init__(self, browser: Browser) -> None:
        self._protocol = browser.new_browser_cdp_session()
        self._context = self._protocol.send("Target.createBrowserContext")["browserContextId"]

    def open(self, url: str, *, in_background: bool = False) -> Tab:
        """Open a tab, in front or behind."""
        asked = {"url": url, "browserContextId": self._context, "background": in_background}
        return Tab(self._protocol, self._protocol.send("Target.createTarget", asked)["targetId"])

    def open_unwatched(self, url: str) -> Callable[[], None]:
        """Open a tab that nobody speaks to: the browser prerenders nothing for others. Returns its close."""
        asked = {"url": url, "browserContextId": self._context}
        target = self._protocol.send("Target.createTarget", asked)["targetId"]
        return lambda: self._protocol.send("Target.closeTarget", {"targetId": target}) and None

    def close(self) -> None:
        """Close all of its tabs."""
        self._protocol.send("Target.disposeBrowserContext", {"browserContextId": self._context})
        self._protocol.detach()


class Tab:
    """One tab."""

    def __init__(self, protocol: CDPSession, target: str) -> None:
        self._protocol = protocol
        self._target = target
        self._answers: dict[int, dict[str, Any]] = {}
        self._asked = 0
        protocol.on("Target.receivedMessageFromTarget", self._receive)
        attached = protocol.send("Target.attachToTarget", {"targetId": target, "flatten": False})
        self._session = attached["sessionId"]

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol, and its result."""
        self._asked += 1
        number = self._asked
        message = json.dumps({"id": number, "method": method, "params": parameters})
        sent = {"sessionId": self._session, "message": message}
        self._protocol.send("Target.sendMessageToTarget", sent)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while number not in self._answers:
            assert time.monotonic() < deadline, f"no answer to {method}"
            # Whatever is asked lets the events come in.
            self._protocol.send("Browser.getVersion")
        answer = self._answers.pop(number)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, expression: str) -> Any:
        """The value of an expression, of a promise too."""
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"never: {expression}"
            time.sleep(0.02)

    def to_front(self) -> None:
        """Show it; what was in front is hidden."""
        self.send("Page.bringToFront")

    def press(self, kind: str, x: int, y: int) -> None:
        """A mouse event."""
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def click(self, x: int, y: int) -> None:
        """A click of a person."""
        self.press("mousePressed", x, y)
        self.press("mouseReleased", x, y)

    def close(self) -> None:
        """Close it as a person does."""
        self._protocol.send("Target.closeTarget", {"targetId": self._target})

    def _receive(self, told: dict[str, Any]) -> None:
        if told["sessionId"] == self._session:
            message = json.loads(told["message"])
            if "id" in message:
                self._answers[message["id"]] = message
