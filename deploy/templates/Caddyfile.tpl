# nova-ve: written by deploy/scripts/provision-ubuntu-2604.sh, and written again when that runs.
{
	# A socket for root and Caddy alone; the usual port would let every user of this host change all this.
	admin unix//run/caddy/admin.sock
	@GLOBAL@
}

@SITE@ {
	@TLS@

	header {
		X-Content-Type-Options nosniff
		Referrer-Policy same-origin
		Cross-Origin-Opener-Policy same-origin
		Cross-Origin-Resource-Policy same-origin
		Permissions-Policy "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
		-Server
	}

	# The API and its WebSockets. The server sets its own policies, and judges hosts and origins itself.
	@api path /api /api/*
	handle @api {
		reverse_proxy 127.0.0.1:8000 {
			# What comes late (events, logs, consoles) is passed on at once.
			flush_interval -1
		}
	}

	@html5 path /html5
	handle @html5 {
		redir * /html5/ 308
	}

	# Guacamole writes styles, evaluates templates, and hears of its size by an <object> of its own; that is
	# allowed here and nowhere else.
	handle /html5/* {
		header Content-Security-Policy "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
		reverse_proxy 127.0.0.1:8081 {
			flush_interval -1
		}
	}

	# The web client: files, and the page for every other path, so that a reload of a deep link works.
	handle {
		root * @WWW@
		encode zstd gzip
		header Content-Security-Policy "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

		# Names with a hash in them never change their contents; one of an older build is missing, not the page.
		@hashed path /assets/*
		handle @hashed {
			header Cache-Control "public, max-age=31536000, immutable"
			file_server
		}
		handle {
			header Cache-Control no-cache
			try_files {path} /index.html
			file_server
		}
	}

	handle_errors {
		@api_away {
			path /api /api/*
			expression {err.status_code} in [502, 503, 504]
		}
		handle @api_away {
			header Content-Type application/problem+json
			header Cache-Control no-store
			header Retry-After 2
			respond `{"type":"about:blank","title":"nova-ve's server does not answer","status":503,"code":"server_away","detail":"It is being started, or has ended. Running nodes are not touched."}` 503
		}
		@html5_away {
			path /html5/*
			expression {err.status_code} in [502, 503, 504]
		}
		handle @html5_away {
			header Content-Type "text/plain; charset=utf-8"
			respond "Guacamole does not answer. The consoles of nova-ve's own pages work without it." 503
		}
		# A file that is not there is not to be remembered for a year.
		header Cache-Control no-store
		respond "{err.status_code} {err.status_text}" {err.status_code}
	}
}
