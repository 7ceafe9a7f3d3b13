// Package orgcopy reads an Okta org, and writes it as a seed of a simulated org.
//
// Reading and writing are apart. Copy.Read stores each list of the org in a file of its own, in the form of the seed: so a copy that was
// killed goes on where it was, and neither memory nor disk has a secret or, with Options.Anonymize, a name. Copy.Write makes the seed from
// these files, one record after the other.
//
// It knows Okta's answers and the keys of seeds. It must not know the simulated org, which only its tests start, nor a terminal.
package orgcopy
