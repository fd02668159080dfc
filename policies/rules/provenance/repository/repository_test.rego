package rules.provenance.repository_test

import data.rules.provenance.repository
import data.testing
import future.keywords.not

_builder := "https://github.com/acme/build/.github/workflows/release.yml@refs/tags/v1"

_provenance := testing.provenance(_builder, "https://github.com/acme/app", "refs/heads/main", "0123456789abcdef0123456789abcdef01234567")

_config(lists) := testing.config({}, {"provenance": lists})

test_met_if_it_is_configured if {
	count(repository.met) == 1 with input as testing.evidence([_provenance])
		with data.config as _config({"repositories": ["https://github.com/acme/*"]})
}

test_not_met[case] if {
	some case, lists in {
		"it is another": {"repositories": ["https://github.com/evil/app"]},
		"the list is empty": {"repositories": []},
		"another list does not fit the same provenance": {"repositories": ["https://github.com/acme/*"], "refs": ["refs/tags/*"]},
	}
	count(repository.met) == 0 with input as testing.evidence([_provenance]) with data.config as _config(lists)
}

test_says_what_was_found if {
	repository.found == {"https://github.com/acme/app"} with input as testing.evidence([_provenance])
}
