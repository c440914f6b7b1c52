/** The user that every image of knflow runs as; no image of it needs root. */
export const userId = 65532;

/**
 * The security context of every container that knflow makes; it fulfils Pod Security's "restricted" profile.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
