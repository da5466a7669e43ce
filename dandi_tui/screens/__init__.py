"""Full-screen panes, one module each, named as the user names them."""
