package conventions.ratify.verifiers.licensechecker_test

import data.conventions.ratify.testing
import data.conventions.ratify.verifiers.licensechecker
import rego.v1

_type := "application/vnd.ratify.spdx.v0"

_lines(pairs) := [{"tag": tag, "value": value} | some [tag, value] in array.concat([["SPDXVersion", "SPDX-2.2"]], pairs)]

_answer(pairs, more) := _judged(object.union(_document(_lines(pairs)), more))

_document(content) := object.union(
	testing.document("a", _type, content),
	{"reports": [testing.report("json", "present", {"type": "text/spdx", "read": true, "document": "sha256:da"})]},
)

_judged(artifact) := answer if {
	entry := testing.verifier("licensechecker", [_type], {"allowedLicenses": ["MIT", "Apache-2.0"]})
	answer := licensechecker.answer(entry, artifact) with input as testing.evidence([artifact])
}

_alpine := [["PackageName", "musl"], ["PackageLicenseConcluded", "MIT"], ["PackageLicenseDeclared", "GPL-2.0-only"]]

_busybox := [["PackageName", "busybox"], ["PackageLicenseConcluded", "GPL-2.0-only"]]

test_allowed if {
	_answer(_alpine, {}) == {"isSuccess": true, "message": "License Check: SUCCESS. All packages have allowed licenses"}
}

test_no_packages if _answer([], {}).isSuccess

test_not_allowed[case] if {
	some case, [pairs, listed] in {
		"one": [array.concat(_alpine, _busybox), "[{busybox GPL-2.0-only}]"],
		"several": [array.concat(_busybox, [["PackageName", "x"], ["PackageLicenseConcluded", "mit"]]), "[{busybox GPL-2.0-only} {x mit}]"],
		"nothing concluded": [[["PackageName", "x"], ["PackageLicenseDeclared", "MIT"]], "[{x }]"],
		"an expression of allowed ones": [[["PackageName", "x"], ["PackageLicenseConcluded", "MIT OR Apache-2.0"]], "[{x MIT OR Apache-2.0}]"],
	}
	_answer(pairs, {}) == {"message": sprintf("License Check: FAILED. %s", [listed])}
}

test_what_is_no_tag_value_fails[case] if {
	some case, artifact in {
		"SPDX in JSON": testing.document("a", _type, {"spdxVersion": "SPDX-2.3"}),
		"lines of something": _document([{"tag": "PackageName", "value": "x"}]),
		"lines that are none": _document([{"tag": "SPDXVersion", "value": "SPDX-2.2"}, "x"]),
		"unread": object.union(_document([]), {"reports": [testing.report("json", "present", {"type": "text/spdx"})]}),
	}
	_judged(artifact).message == "License Check: FAILED. the artifact is not SPDX in tag-value form"
}

test_no_layers if {
	_judged(testing.artifact("a", _type, {})) == {"message": "License Check FAILED: no blobs found for referrer registry.example/acme/app@sha256:a"}
}
