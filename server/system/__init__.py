"""Operations on the installation and its data as a whole."""
