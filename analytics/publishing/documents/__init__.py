"""Documents: one model of blocks, four writers (DOCX, PDF, PPTX, HTML). Nothing is computed."""
