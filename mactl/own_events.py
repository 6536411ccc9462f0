"""The events that mactl itself tells: what it did to people, and what it noticed of them.

| event | properties |
|---|---|
| `CHANNEL_sent` | recipe, step, template, variant, channel, enrollment |
| `CHANNEL_bounced` | the same, and bounce (hard, soft), bounce_status, bounce_cause (address, mailbox, sender) |
| `CHANNEL_opened`, `CHANNEL_clicked`, `replied` | the same, and url |
| `unsubscribed`, `complained` | topic (none: all mail), recipe, step |
| `tagged`, `untagged` | tag, recipe, step |
| `field_set` | field, value |
| `task_created`, `task_done` | task, recipe, step, to, title, due (ISO 8601) |
| `notified`, `exported`, `webhook_called` | to, recipe, step |
| `consent_asked` | topic, wording, recipe, step |
| `handed_over` | to (the recipe), recipe, step, trigger |
| `stage_changed` | from, to |
| `segment_joined`, `segment_left` | segment (RECIPE.NAME) |
| `field_changed` | field, from, to |

`recipe` and `step` are original ids. An events file may tell any of them too, under the same names.
"""

from collections.abc import Iterable

UNSUBSCRIBED = "unsubscribed"
COMPLAINED = "complained"
OPT_OUTS = (UNSUBSCRIBED, COMPLAINED)
"""What says that somebody wants no more mail."""
TAGGED = "tagged"
UNTAGGED = "untagged"
FIELD_SET = "field_set"
TASK_CREATED = "task_created"
TASK_DONE = "task_done"
NOTIFIED = "notified"
EXPORTED = "exported"
WEBHOOK_CALLED = "webhook_called"
CONSENT_ASKED = "consent_asked"
HANDED_OVER = "handed_over"
STAGE_CHANGED = "stage_changed"
SEGMENT_JOINED = "segment_joined"
SEGMENT_LEFT = "segment_left"
FIELD_CHANGED = "field_changed"
REPLIED = "replied"


def reaction_events(reaction: str, channels: Iterable[str]) -> tuple[str, ...]:
    """The events that `sent`, `opened`, `clicked`, `replied` or `bounced` mean on `channels`."""
    return (REPLIED,) if reaction == "replied" else tuple(f"{name}_{reaction}" for name in channels)
