"""Every route and action, asked with a token of the system, of a domain or of services: whom the matrix names is let in
and nobody else. Only identity knows domains: elsewhere one of each kind asks."""

import pytest

from tests.functional import sweep_examples as examples
from tests.functional.hostile.matrix_scopes import EVERYBODY, LET_IN
from tests.functional.hostile.policy import let_in
from tests.functional.sweep_entries import ENTRIES, Entry
from tests.functional.sweep_world import World

ONE_OF_EACH = ("system_reader", "domain_manager", "project_service")
EXPECTED = {route: personas.split() for personas, routes in LET_IN.items() for route in routes}


def test_the_matrix_names_no_route_that_is_not_served():
    assert EXPECTED.keys() <= {str(entry) for entry in ENTRIES}
    assert {persona for personas in EXPECTED.values() for persona in personas} <= {*examples.SCOPED, EVERYBODY}


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_whom_a_route_lets_in(tenants: World, entry: Entry) -> None:
    personas = examples.SCOPED if entry.api == "identity" else ONE_OF_EACH
    expected = EXPECTED.get(str(entry), [])
    found = []
    for persona in personas:
        ids = {**tenants.theirs.ids, "flavor": "1"}
        answer = tenants.ask(entry, tenants.scoped[persona], ids, entry.bodies()[0])
        tenants.restore()
        assert answer.status_int < 500 or answer.status_int == 501, answer.text
        found += [persona] if let_in(entry, answer) else []
    assert found == (list(personas) if expected == [EVERYBODY] else expected)
