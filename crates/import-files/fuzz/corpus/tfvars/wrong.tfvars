a = var.b
c = "${d}"
e = [1
f = <<EOT
