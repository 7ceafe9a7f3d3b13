// Package torture kills flowdeck, and proves that its runs survive. It runs the real binary against a simulated org in a process
// of its own, whose requests and state are compared with those of a run that nobody killed. All of it is in the tests.
package torture
