package rules.evidence.unread_test

import data.rules.evidence.unread
import data.testing
import future.keywords.not

_xml := testing.attachment("application/vnd.cyclonedx+xml", {}, {"read": false})

test_denies_what_was_not_read if {
	{finding.term | some finding in unread.deny} == {"application/vnd.cyclonedx+xml"} with input as testing.evidence([_xml])
		with data.config as testing.config({}, {})
}

test_lets_pass_what_was_read if {
	count(unread.deny) == 0 with input as testing.evidence([testing.sbom("MIT")]) with data.config as testing.config({}, {})
}

test_lets_pass_a_type_that_is_ignored[case] if {
	some case, pattern in {"by its name": "application/vnd.cyclonedx+xml", "by its beginning": "application/vnd.cyclonedx*"}
	count(unread.deny) == 0 with input as testing.evidence([_xml]) with data.config as testing.config({}, {"ignoredTypes": [pattern]})
}
