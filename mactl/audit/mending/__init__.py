"""The records that mend what an audit found, proven by auditing the domain as if they were published."""

from mactl.audit.mending.mendable import MENDABLE
from mactl.audit.mending.proposal import Proposal, propose
from mactl.audit.mending.zone import Edit, zone_text

__all__ = ["MENDABLE", "Edit", "Proposal", "propose", "zone_text"]
