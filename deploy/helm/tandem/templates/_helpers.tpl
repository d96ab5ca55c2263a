{{- define "tandem.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels that select the pods of a role. Takes (list $ role). */}}
{{- define "tandem.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: tandem
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* All labels of what belongs to a role. Takes (list $ role). */}}
{{- define "tandem.labels" -}}
{{- $root := index . 0 -}}
{{ include "tandem.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{/* The pod template of a role. Takes (list $ role). */}}
{{- define "tandem.pod" -}}
{{- $root := index . 0 -}}
{{- $role := index . 1 -}}
{{- $values := $root.Values -}}
{{- $static := has $role (list "flows" "sinks" "pollers") -}}
metadata:
  labels:
    {{- include "tandem.labels" . | nindent 4 }}
  {{- if $values.metrics.annotations }}
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: {{ $values.metrics.port | quote }}
    prometheus.io/path: /metrics
  {{- end }}
spec:
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    seccompProfile:
      type: RuntimeDefault
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: tandem
      image: {{ printf "%s:%s" $values.image.repository ($values.image.tag | default $root.Chart.AppVersion) | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: ["run", "--role", {{ $role | quote }}]
      workingDir: /var/lib/tandem
      env:
        - name: KAFKA_BOOTSTRAP_SERVERS
          value: {{ $values.kafka.bootstrapServers | quote }}
        - name: SCHEMA_REGISTRY_URL
          value: {{ $values.registry.url | quote }}
        - name: TANDEM_HOST
          value: "0.0.0.0"
        - name: TANDEM_PORT
          value: {{ $values.bridge.port | quote }}
        - name: TANDEM_METRICS_PORT
          value: {{ $values.metrics.port | quote }}
        {{- if $static }}
        # The pod's ordinal makes it a static member of its group: a restart is no rebalance.
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: TANDEM_KAFKA__INSTANCE
          value: $(POD_NAME)
        {{- end }}
        {{- range $name, $value := $values.env }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      {{- with $values.existingSecret }}
      envFrom:
        - secretRef:
            name: {{ . }}
      {{- end }}
      ports:
        - name: metrics
          containerPort: {{ $values.metrics.port }}
        {{- if eq $role "bridge" }}
        - name: http
          containerPort: {{ $values.bridge.port }}
        {{- end }}
      startupProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 10
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /readyz, port: metrics}
        periodSeconds: 5
      resources:
        {{- toYaml (get $values.roles $role).resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        - name: work
          mountPath: /var/lib/tandem
        - name: tmp
          mountPath: /tmp
        {{- if $values.filesSecret }}
        - name: files
          mountPath: /etc/tandem
          readOnly: true
        {{- end }}
  volumes:
    - name: work
      emptyDir: {}
    - name: tmp
      emptyDir: {}
    {{- with $values.filesSecret }}
    - name: files
      secret:
        secretName: {{ . }}
    {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
