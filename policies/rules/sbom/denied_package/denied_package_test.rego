package rules.sbom.denied_package_test

import data.rules.sbom.denied_package
import data.testing
import future.keywords.not

_config(entry) := testing.config({}, {"packages": {"deny": [object.union({"name": "", "version": "", "purl": "", "reason": ""}, entry)]}})

test_denies[case] if {
	some case, entry in {
		"a name": {"name": "libx"},
		"a name with a star": {"name": "lib*"},
		"a name at a version": {"name": "libx", "version": "1.2"},
		"a range of versions": {"name": "libx", "version": "1.*"},
		"a package URL": {"purl": "pkg:npm/libx@*"},
	}
	{finding.term | some finding in denied_package.deny} == {"libx"} with input as testing.evidence([testing.sbom("MIT")])
		with data.config as _config(entry)
}

test_lets_pass[case] if {
	some case, entry in {
		"another name": {"name": "liby"},
		"another version": {"name": "libx", "version": "1.3"},
		"another kind of package": {"purl": "pkg:pypi/libx@*"},
		"a star does not reach over a slash": {"purl": "pkg:*"},
	}
	count(denied_package.deny) == 0 with input as testing.evidence([testing.sbom("MIT")]) with data.config as _config(entry)
}

test_counts_what_nobody_signed_and_what_somebody_signed[case] if {
	some case, outcome in {"present": "present", "verified": "verified"}
	count(denied_package.deny) == 1 with input as testing.evidence([object.union(testing.sbom("MIT"), {"outcome": outcome})])
		with data.config as _config({"name": "libx"})
}

test_says_the_reason if {
	some finding in denied_package.deny with input as testing.evidence([testing.sbom("MIT")])
		with data.config as _config({"name": "libx", "reason": "It phones home."})
	finding.arguments == {"name": "libx", "version": "1.2", "reason": "It phones home."}
}

test_a_prohibition_that_names_nothing_is_a_fault if {
	count(denied_package.deny) == 1 with input as testing.evidence([]) with data.config as testing.config({}, {})
}
