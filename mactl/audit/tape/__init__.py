"""What the DNS and the web said, kept in a file, and judged again without a network."""

from mactl.audit.tape.recording import Recording
from mactl.audit.tape.replay import replayed

__all__ = ["Recording", "replayed"]
