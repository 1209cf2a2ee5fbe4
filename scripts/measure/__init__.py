"""What scripts/peers and scripts/scale share: fetching, running in turns, recording and drawing."""
