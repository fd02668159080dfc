# METADATA
# title: The source commit is known
# description: >-
#   The provenance names the commit that was built, and fits the lists of `provenance` that are not empty. A
#   caller that gives the parameter `commit` gets no other.
# custom:
#   severity: medium
#   failure_msg: "No provenance that fits the lists of `provenance` names the commit that was built, or it is not the one asked for."
#   solution: >-
#     Let the builder record the source with its digest; check `--parameter commit=`.
package rules.provenance.commit

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(provenance) if {
	some provenance in lib.expected_provenances
	provenance.content.source.commit != ""
	provenance.content.source.commit == object.get(lib.parameters, "commit", provenance.content.source.commit)
}

found contains provenance.content.source.commit if {
	some provenance in lib.provenances
	provenance.content.source.commit != ""
}
