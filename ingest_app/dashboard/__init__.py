"""What people look at: questions to reports, put into words and pictures. It knows no request."""
