package conventions.ratify.names_test

import data.conventions.ratify.names
import rego.v1

# RFC 4514, and what Go 1.26 prints for the same name.
test_as_go[text] if {
	some text, printed in {
		"CN=signer,O=Acme,ST=WA,C=US": "CN=signer,O=Acme,ST=WA,C=US",
		"CN=signer,C=US,O=Acme,L=Seattle,ST=WA,OU=Build": "CN=signer,OU=Build,O=Acme,L=Seattle,ST=WA,C=US",
		"OU=b,OU=a,CN=signer": "CN=signer,OU=a+OU=b",
		"OU=a+CN=signer": "CN=signer,OU=a",
		"CN=first,CN=last,SERIALNUMBER=7": "SERIALNUMBER=7,CN=first",
		`CN=a\,b\+c\=d,O=\ x\ `: `CN=a\,b\+c\=d,O=\ x\ `,
		"DC=example,CN=x": "CN=x,0.9.2342.19200300.100.1.25=#13076578616d706c65",
		"1.2.840.113549.1.9.1=a@b,CN=x": "CN=x,1.2.840.113549.1.9.1=#0c03614062",
		"1.2.3=#0c0161,CN=x": "CN=x,1.2.3=#0c0161",
		"STREET=s,POSTALCODE=1,L=l,CN=x": "CN=x,POSTALCODE=1,STREET=s,L=l",
		"": "",
	}
	names.as_go(text) == printed
}

test_long_values_have_long_lengths[size] if {
	some size, prefix in {127: "#137f", 200: "#1381c8", 300: "#1382012c"}
	value := concat("", ["a" | some _ in numbers.range(1, size)])
	startswith(names.as_go(concat("", ["UID=", value])), concat("", ["0.9.2342.19200300.100.1.1=", prefix, "61"]))
}
