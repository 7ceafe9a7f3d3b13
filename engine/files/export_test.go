package files

// Journal returns the name of the journal of a file.
func Journal(of string) string { return journal{of: of}.name() }
