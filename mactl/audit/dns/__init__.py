"""The DNS: questions and answers as values, and the resolvers that ask."""

from mactl.audit.dns.answers import ASK_AGAIN, Answer, Outcome, Resolver
from mactl.audit.dns.memo import MemoResolver
from mactl.audit.dns.system import system_resolver

__all__ = ["ASK_AGAIN", "Answer", "MemoResolver", "Outcome", "Resolver", "system_resolver"]
