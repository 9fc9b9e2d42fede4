"""Growing: templates, from which runs are forked, and who makes and keeps them."""
