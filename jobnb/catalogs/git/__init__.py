"""Git: what a repository has at a commit, by the command git."""
