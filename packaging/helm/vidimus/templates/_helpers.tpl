{{- define "vidimus.labels" -}}
app.kubernetes.io/name: vidimus
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end }}

{{- define "vidimus.selector" -}}
app.kubernetes.io/name: vidimus
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "vidimus.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{- define "vidimus.env" -}}
- {name: VIDIMUS_SERVER__PUBLIC_URL, value: {{ required "publicUrl is the issuer: set it" .Values.publicUrl | quote }}}
- {name: VIDIMUS_SERVER__LISTEN, value: "0.0.0.0:8080"}
- {name: VIDIMUS_SERVER__OPS_LISTEN, value: "0.0.0.0:9090"}
- {name: VIDIMUS_LOG__FORMAT, value: json}
- {name: VIDIMUS_LOG__AUDIT, value: stdout}
- {name: VIDIMUS_KEYS__MASTER_KEY_FILE, value: /run/secrets/vidimus/vidimus.key}
{{- if eq .Values.store.kind "postgres" }}
- name: VIDIMUS_STORE__URL
  valueFrom: {secretKeyRef: {name: {{ .Values.existingSecret | quote }}, key: store-url}}
{{- else }}
- {name: VIDIMUS_STORE__URL, value: "sqlite:/var/lib/vidimus/vidimus.db"}
{{- end }}
{{- range $name, $value := .Values.env }}
- {name: {{ $name | quote }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{- define "vidimus.security" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "vidimus.keyVolume" -}}
- name: key
  secret:
    secretName: {{ .Values.existingSecret | quote }}
    # 0440, in a number that every YAML reads alike: others may not open it, or nothing starts.
    defaultMode: 288
    items: [{key: vidimus.key, path: vidimus.key}]
{{- end }}
