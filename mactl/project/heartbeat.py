"""What a monitoring service is told of runs and workers."""

from pydantic import Field, field_validator

from mactl.declaring import DurationText, Model
from mactl.durations import Duration


class WorkerHeartbeat(Model):
    """What watches `mactl worker`; what watches the runs would not notice which of the two stopped."""

    url: str = Field(description="Asked for time after time while the worker is alive and able")
    failure_url: str | None = Field(
        None, description="Asked for instead while something keeps it from working"
    )
    every: DurationText = Field(
        Duration(minutes=5), description="How often; a time in hours and minutes"
    )

    @field_validator("every")
    @classmethod
    def _is_exact(cls, every: Duration) -> Duration:
        if not every.is_exact or every.exact.total_seconds() < 1:
            raise ValueError("a heart beats by the clock; write 5 minutes or 1 hour")
        return every


class Heartbeat(Model):
    """Addresses of a monitoring service, which raises the alarm where nobody asks for them any more."""

    url: str = Field(description="Asked for (GET) after each `mactl send` that ended well")
    start_url: str | None = Field(None, description="Asked for when a run begins")
    failure_url: str | None = Field(None, description="Asked for after a run that failed")
    worker: WorkerHeartbeat | None = Field(None, description="The same for `mactl worker`")
