package rules.licence.disallowed_test

import data.rules.licence.disallowed
import data.testing
import future.keywords.not

_config(allow, deny) := testing.config({}, {"licences": {"allow": allow, "deny": deny, "unknown": "deny"}})

test_denies[case] if {
	some case, c in {
		"a denied licence": {"licence": "AGPL-3.0-only", "allow": [], "deny": ["AGPL-3.0-only"]},
		"a family of licences": {"licence": "AGPL-3.0-only", "allow": [], "deny": ["AGPL-*"]},
		"a licence that is not allowed": {"licence": "GPL-3.0-only", "allow": ["MIT"], "deny": []},
		"a conjunction with a denied licence": {"licence": "MIT AND AGPL-3.0-only", "allow": [], "deny": ["AGPL-*"]},
		"a choice among denied licences": {"licence": "SSPL-1.0 OR AGPL-3.0-only", "allow": [], "deny": ["AGPL-*", "SSPL-1.0"]},
		"what is allowed and denied": {"licence": "MIT", "allow": ["MIT"], "deny": ["MIT"]},
		"a reference that is denied by name": {"licence": "LicenseRef-acme", "allow": [], "deny": ["LicenseRef-acme"]},
		"a denied licence beside a reference": {"licence": "AGPL-3.0-only AND LicenseRef-acme", "allow": ["MIT"], "deny": ["AGPL-*"]},
	}
	{finding.term | some finding in disallowed.deny} == {"libx"} with input as testing.evidence([testing.sbom(c.licence)])
		with data.config as _config(c.allow, c.deny)
}

test_lets_pass[case] if {
	some case, c in {
		"an allowed licence": {"licence": "MIT", "allow": ["MIT"], "deny": []},
		"a licence that is not denied": {"licence": "MIT", "allow": [], "deny": ["AGPL-*"]},
		"a choice with an allowed licence": {"licence": "MIT OR AGPL-3.0-only", "allow": [], "deny": ["AGPL-*"]},
		"what is unknown is another rule's": {"licence": "NOASSERTION", "allow": ["MIT"], "deny": []},
		"a reference that nobody judged is another rule's": {"licence": "LicenseRef-acme", "allow": ["MIT"], "deny": []},
	}
	count(disallowed.deny) == 0 with input as testing.evidence([testing.sbom(c.licence)]) with data.config as _config(c.allow, c.deny)
}

test_names_package_and_licence if {
	some finding in disallowed.deny with input as testing.evidence([testing.sbom("AGPL-3.0-only")])
		with data.config as _config([], ["AGPL-*"])
	finding.arguments == {"name": "libx", "version": "1.2", "licence": "AGPL-3.0-only"}
	finding.subject == testing.subject
	finding.evidence == [testing.digest(0)]
}

test_a_prohibition_that_names_nothing_is_a_fault if {
	count(disallowed.deny) == 1 with input as testing.evidence([]) with data.config as _config([], [])
}
