"""The other end of the wire: chips written from their datasheets."""
