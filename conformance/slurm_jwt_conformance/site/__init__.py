"""What a site uses: is a token accepted, is a cluster configured correctly, what does an upgrade change."""
