package conventions.ratify.image_test

import data.conventions.ratify.image
import data.conventions.ratify.testing
import rego.v1

_reference(digest, more) := reference if {
	reference := image.reference(digest) with input.subject as object.union(testing.evidence([]).subject, more)
}

test_as_it_was_asked_for[case] if {
	some case, [more, reference] in {
		"by tag": [{}, "registry.example/acme/app:1.4"],
		"by digest": [{"requested": "registry.example/acme/app@sha256:5ab1ec7", "tag": ""}, "registry.example/acme/app@sha256:5ab1ec7"],
		"by both": [{"requested": "registry.example/acme/app:1.4@sha256:5ab1ec7"}, "registry.example/acme/app@sha256:5ab1ec7"],
		"by a short name": [
			{"requested": "nginx", "tag": "latest", "registry": "docker.io", "reference": "docker.io/library/nginx@sha256:5ab1ec7"},
			"docker.io/library/nginx:latest",
		],
		"in a layout": [{"requested": "oci:1.4", "registry": "", "reference": "oci:1.4@sha256:5ab1ec7"}, "oci:1.4@sha256:5ab1ec7"],
	}
	_reference(testing.subject, more) == reference
}

test_an_artifact if _reference("sha256:a", {}) == "registry.example/acme/app@sha256:a"
