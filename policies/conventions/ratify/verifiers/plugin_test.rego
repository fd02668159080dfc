package conventions.ratify.verifiers.plugin_test

import data.conventions.ratify.testing
import data.conventions.ratify.verifiers.plugin
import rego.v1

_type := "application/vnd.ratify.verifier-report+json"

_said := {
	"isSuccess": true, "message": "fine", "errorReason": "", "remediation": "sleep",
	"name": "sample", "type": "sample", "extensions": {"a": 1},
}

_answer(more, said) := answer if {
	entry := testing.verifier("plugin", ["*"], {})
	artifact := testing.artifact("a", "application/x", {
		"reports": [testing.report("extern", "present", object.union({"type": _type, "read": true, "document": "sha256:d"}, more))],
		"documents": {"sha256:d": said},
	})
	answer := plugin.answer(entry, artifact) with input as testing.evidence([artifact])
}

test_its_own_answer if _answer({}, _said) == _said

test_what_it_leaves_out if _answer({}, {"isSuccess": false}) == {"isSuccess": false, "extensions": null}

test_what_is_no_text_is_left_out if {
	_answer({}, {"isSuccess": true, "message": 1, "name": null}) == {"isSuccess": true, "extensions": null}
}

test_no_answer[case] if {
	some case, [more, said, reason] in {
		"no verdict": [{}, {"message": "fine"}, "extern says present"],
		"a verdict that is none": [{}, {"isSuccess": "true"}, "extern says present"],
		"no object": [{}, [], "extern says present"],
		"errored": [{"outcome": "errored"}, _said, "extern says present"],
		"of another type": [{"type": "application/json"}, _said, "extern says present"],
		"of another verifier": [{"verifier": {"name": "other"}}, _said, "the verifier extern says nothing of it"],
		"attached by somebody": [{"verifier": {"type": "json"}}, _said, "the verifier extern says nothing of it"],
	}
	_answer(more, said) == {"message": "failed to verify artifact: verifier-plugin", "errorReason": reason}
}

test_two_answers_are_none if {
	report := testing.report("extern", "present", {"type": _type, "read": true, "document": "sha256:d"})
	artifact := testing.artifact("a", "application/x", {"reports": [report, report], "documents": {"sha256:d": _said}})
	answer := plugin.answer(testing.verifier("plugin", ["*"], {}), artifact) with input as testing.evidence([artifact])
	not answer.isSuccess
}
