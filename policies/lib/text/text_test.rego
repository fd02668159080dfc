package lib.text_test

import data.lib.text
import future.keywords.not

test_of_gives_a_text_or_nothing[case] if {
	some case, c in {
		"a text": {"object": {"a": "x"}, "want": "x"},
		"nothing": {"object": {}, "want": ""},
		"a number": {"object": {"a": 1}, "want": ""},
		"an object": {"object": {"a": {}}, "want": ""},
		"of a list": {"object": ["a"], "want": ""},
		"of a text": {"object": "a", "want": ""},
		"of null": {"object": null, "want": ""},
	}
	text.of(c.object, "a") == c.want
}

test_at_gives_a_text_or_nothing[case] if {
	some case, c in {
		"a text": {"object": {"a": {"b": "x"}}, "want": "x"},
		"half the way": {"object": {"a": {}}, "want": ""},
		"no way": {"object": {"a": "b"}, "want": ""},
		"a number": {"object": {"a": {"b": 1}}, "want": ""},
		"of a list": {"object": ["a"], "want": ""},
		"of a text": {"object": "a", "want": ""},
	}
	text.at(c.object, ["a", "b"]) == c.want
}

test_first_gives_what_says_something if {
	text.first(["", "x", "y"]) == "x"
	text.first(["", ""]) == ""
	text.first([]) == ""
}

test_matches[case] if {
	some case, c in {
		"the same text": ["refs/heads/main", "refs/heads/main"],
		"a star at the end": ["refs/tags/*", "refs/tags/v1"],
		"a star that stands for nothing": ["refs/tags/*", "refs/tags/"],
		"a star at the beginning": ["*.example", "registry.example"],
		"a star within": ["https://github.com/acme/*/x.yml", "https://github.com/acme/app/x.yml"],
		"two stars over slashes": ["https://github.com/acme/**", "https://github.com/acme/app/x.yml"],
		"two stars within": ["https://github.com/**@refs/tags/v1", "https://github.com/acme/app/x.yml@refs/tags/v1"],
		"a text with a star in it": ["a*b", "a*b"],
		"characters beyond ASCII": ["ü*ü", "üxü"],
	}
	text.matches(c[0], c[1])
}

test_does_not_match[case] if {
	some case, c in {
		"another text": ["refs/heads/main", "refs/heads/dev"],
		"a part of it": ["refs/heads/main", "refs/heads/main2"],
		"a star over a slash": ["refs/heads/*", "refs/heads/a/b"],
		"a branch that contains what follows the star": [
			"https://github.com/acme/*/release.yml@refs/heads/main",
			"https://github.com/acme/app/evil.yml@refs/heads/x/release.yml@refs/heads/main",
		],
		"a beginning and an end that overlap": ["aba*ba", "aba"],
		"two single stars": ["a*b*c", "axbxc"],
		"one star and two": ["a*b**c", "axbxc"],
		"three stars": ["a***", "abc"],
		"a pattern against nothing": ["a*", ""],
		"nothing against a text": ["", "a"],
	}
	not text.matches(c[0], c[1])
}
