"""Files of certificates to trust."""

import pytest

from mactl.audit.trust import certificates_in
from mactl.errors import UsageError


@pytest.mark.parametrize(
    ("name", "why"),
    [("a.pem", "no certificates"), ("b.pem", "No such file"), (".", "Is a directory")],
)
def test_a_file_without_certificates_is_a_usage_error(tmp_path, name, why):
    (tmp_path / "a.pem").write_text("nothing")

    with pytest.raises(UsageError, match=why) as refused:
        certificates_in(tmp_path / name)

    assert refused.value.hint and str(tmp_path / name) in refused.value.message
