"""Running: one job in its child; where its words go, and how it hears that it must stop."""
