"""Files of every kind as one stream of rows.

A text table is read where it lies (`delimited`, `framed`). Every other kind is read once, by a child process with caps
(`conversion`, `child`), which writes its rows down (`stream`); after that all kinds are alike. A new format is one
module with a `read` (`port`) and a line in `child`.

What runs in the child (`child`, `port`, `stream`, `cells`, `workbook`, `packages`, `book`, `sheet_xml`, `legacy_workbook`,
`json_text`, `json_document`, `json_lines`) imports no Django: a child is started for every file.
"""
