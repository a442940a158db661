a = "x$${y}"
b = { c = 1, "d" : [true, null] }
# e
/* f */
g = <<-EOT
    h
  EOT
